import type { GenerateRequest, GenerateResponseData } from "genkit";
import { simulateConstrainedGeneration } from "genkit/model";
import { simulateSystemPrompt } from "genkit/model/middleware";
import { FlowError } from "../../shared/flow_error.ts";
import { asSchema as asObject } from "../schema/json_schema.ts";

/** A request needs what the model cannot do. It has not been asked. */
export class LacksAbility extends FlowError {
  constructor(what: string) {
    super("FAILED_PRECONDITION", `The flow's model does not support ${what}`);
  }
}

type Next = (request: GenerateRequest) => Promise<GenerateResponseData>;

/**
 * Asks a model in a way that fits what its Model object's `info.supports` says of it: instructions
 * in place of a system message or of an output schema where the model takes none.
 *
 * @param info Genkit's ModelInfo.
 * @throws {LacksAbility} where the request needs what the model cannot do. (Genkit's
 * own check quotes the whole request.)
 */
export function honourAbilities(info: unknown, request: GenerateRequest, next: Next) {
  const supports = asObject(asObject(info).supports);
  const { messages, tools = [] } = request;
  const lacks = (what: string) => new LacksAbility(what);
  if (supports.tools === false && tools.length > 0) throw lacks("tools");
  const turns = messages.filter(({ role }) => role !== "system").length;
  if (supports.multiturn === false && turns > 1) throw lacks("more than one message");
  if (supports.media === false && messages.some(({ content }) => content.some((p) => p.media))) {
    throw lacks("media");
  }
  const unconstrained = supports.constrained === "none" ||
    supports.constrained === "no-tools" && tools.length > 0;
  const steps = [
    ...supports.systemRole === false ? [simulateSystemPrompt()] : [],
    ...unconstrained ? [simulateConstrainedGeneration()] : [],
  ];
  const run = steps.reduceRight<Next>(
    (inner, step) => (request) => step(request, (changed) => inner(changed ?? request)),
    next,
  );
  return run(request);
}
