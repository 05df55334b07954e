import type { Flow } from "../api/flow.ts";
import type { FlowSet, FlowSetFlow } from "../api/flow_set.ts";
import type { FlowServer, ServedFlow } from "./flow_server.ts";
import type { Referrer } from "./follow.ts";
import type { Lookup } from "./lookup.ts";
import { resolveModel } from "./resolve_model.ts";
import type { ResolveProblem } from "./resolve_problem.ts";
import { resolvePrompts } from "./resolve_prompts.ts";
import { resolveSchedule } from "./resolve_schedule.ts";
import { resolveTools } from "./resolve_tools.ts";

/** A flow that cannot be served, and everything that stands in its way. */
export interface UnresolvedFlow {
  name: string;
  problems: ResolveProblem[];
}

/** What {@linkcode resolve} makes of a Flow or FlowSet. */
export interface Resolution {
  /** Without the flows that cannot be served. */
  server: FlowServer;
  unresolved: UnresolvedFlow[];
  /** What does not stand in the way, and its author should know. */
  warnings: ResolveProblem[];
}

/** How {@linkcode resolve} judges. */
export interface ResolveOptions {
  /** Whether a flow without prompts is a problem: an image of its own may bring them along. */
  needsPrompt?: boolean;
}

/** What a Flow's spec and an entry of a FlowSet have in common. */
export type FlowContent = Omit<FlowSetFlow, "name">;

/** Where a flow stands, for problems and references. */
export interface FlowPlace {
  owner: Referrer;
  namespace: string;
  /** The path to the flow's fields: `spec`, or `spec.flows[1]`. */
  path: (string | number)[];
  name: string;
  /** The flows of the same FlowSet, where it is of one. */
  siblings?: readonly string[];
}

/** The namespace of objects that name none, as kubectl has it. */
export const DEFAULT_NAMESPACE = "default";

/**
 * Follows the references of a Flow or FlowSet. Each flow stands for itself: one that cannot be
 * resolved is listed with all its problems, and the others are as if it were not there.
 *
 * Pure: the same objects give the same answer.
 */
export function resolve(
  owner: Flow | FlowSet,
  lookup: Lookup,
  { needsPrompt = true }: ResolveOptions = {},
): Resolution {
  const namespace = owner.metadata.namespace ?? DEFAULT_NAMESPACE;
  const flows: ServedFlow[] = [];
  const unresolved: UnresolvedFlow[] = [];
  const warnings: ResolveProblem[] = [];
  for (const { place, content } of contents(owner, namespace)) {
    const problems: ResolveProblem[] = [];
    const flow = resolveFlow(place, content, lookup, problems, warnings, needsPrompt);
    if (problems.length === 0) flows.push(flow);
    else unresolved.push({ name: place.name, problems });
  }
  const layout = owner.kind === "Flow" ? "single" : "multi";
  const server: FlowServer = { namespace, name: owner.metadata.name, layout, flows };
  return { server, unresolved, warnings };
}

/** Gives the flows of a Flow (itself) or FlowSet: where each stands, and what it says. */
export function contents(
  owner: Flow | FlowSet,
  namespace: string,
): { place: FlowPlace; content: FlowContent }[] {
  if (owner.kind === "Flow") {
    const place = { owner, namespace, path: ["spec"], name: owner.metadata.name };
    return [{ place, content: owner.spec }];
  }
  const siblings = owner.spec.flows.map(({ name }) => name);
  return owner.spec.flows.map((content, index) => ({
    place: { owner, namespace, path: ["spec", "flows", index], name: content.name, siblings },
    content,
  }));
}

function resolveFlow(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
  problems: ResolveProblem[],
  warnings: ResolveProblem[],
  needsPrompt: boolean,
): ServedFlow {
  const prompts = resolvePrompts(place, content, lookup, needsPrompt);
  const model = resolveModel(place, content, lookup);
  const tools = resolveTools(place, content, lookup);
  const schedule = resolveSchedule(place, content);
  problems.push(
    ...prompts.problems,
    ...model.problems,
    ...tools.problems,
    ...schedule.problems,
  );
  warnings.push(...prompts.warnings);
  return {
    name: place.name,
    entrypoint: prompts.entrypoint,
    ...model.model && { model: model.model },
    ...model.plugin && { plugin: model.plugin },
    ...model.fallbacks && { fallbacks: model.fallbacks },
    prompts: prompts.prompts,
    tools: tools.tools,
    ...servedAuth(content.auth),
    ...content.limits && { limits: content.limits },
    ...content.cors && { cors: content.cors },
    ...content.cache && { cache: content.cache },
    ...schedule.schedule && { schedule: schedule.schedule },
  };
}

/** The schema has seen to it that there is a way in, and that a Secret is named. */
function servedAuth(auth: FlowContent["auth"]): Pick<ServedFlow, "auth"> {
  if (auth === undefined) return {};
  const { apiKeys, jwt } = auth;
  return {
    auth: {
      ...apiKeys && { apiKeys: { secret: apiKeys.secretRef.name, header: apiKeys.header } },
      ...jwt && { jwt },
    },
  };
}
