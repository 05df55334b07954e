import { z } from "zod";
import { flowAuth } from "./flow_auth.ts";
import { flowCache } from "./flow_cache.ts";
import { flowCors } from "./flow_cors.ts";
import { flowLimits } from "./flow_limits.ts";
import { flowSchedule } from "./flow_schedule.ts";
import { localReference } from "./local_reference.ts";
import { modelChoice } from "./model_choice.ts";
import { promptSource } from "./prompt_source.ts";
import type { Rule } from "./rule.ts";

// The bounds let the API server foresee what the rules in the lists cost.
const references = z.array(localReference);
const prompts = z.array(promptSource).max(64)
  .describe("The flow's prompts: the first is the one that is run, unless entrypoint is set.");
const promptRefs = references.max(64)
  .describe("The flow's prompts as a list of Prompts; the short form of prompts.");

/** The spec fields of a Flow and of an entry of a FlowSet that say what the flow does. */
export const flowContent = {
  ...modelChoice,
  prompts: prompts.optional(),
  promptRefs: promptRefs.optional(),
  tools: references.max(128).optional().describe("The Tools that the model may call."),
  toolRefs: references.max(128).optional()
    .describe("The Tools that the model may call; another name for tools."),
  auth: flowAuth.optional(),
  limits: flowLimits.optional(),
  cors: flowCors.optional(),
  cache: flowCache.optional(),
  schedule: flowSchedule.optional(),
  entrypoint: z.string().min(1).max(253).optional().describe(
    "The name of the prompt that is run; otherwise the prompt with the flow's own name, else " +
      "the first.",
  ),
};

/** The same fields for a flow that must have a prompt: a list that is given is not empty. */
export const promptedFlowContent = {
  ...flowContent,
  prompts: prompts.min(1).optional(),
  promptRefs: promptRefs.min(1).optional(),
};

/** Prompts are given in one of the two spellings. */
export const onePromptList = oneSpelling("prompts", "promptRefs");

/** Tools are given in one of the two spellings. */
export const oneToolList = oneSpelling("tools", "toolRefs");

/** A flow has a prompt. */
export const somePrompt: Rule<Lists<"prompts" | "promptRefs">> = {
  cel: `${celIsFilled("prompts")} || ${celIsFilled("promptRefs")}`,
  message: "neither prompts nor promptRefs is set, should be one of them, with at least one entry",
  check: (self) => isFilled(self.prompts) || isFilled(self.promptRefs),
  path: ["prompts"],
};

type Lists<K extends string> = { [key in K]?: unknown[] | undefined };

function oneSpelling<A extends string, B extends string>(a: A, b: B): Rule<Lists<A | B>> {
  return {
    cel: `!(${celIsFilled(a)} && ${celIsFilled(b)})`,
    message: `${a} and ${b} are both set, should be one of them`,
    check: (self) => !(isFilled(self[a]) && isFilled(self[b])),
    path: [b],
  };
}

function isFilled(list: unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

function celIsFilled(field: string): string {
  return `(has(self.${field}) && size(self.${field}) > 0)`;
}
