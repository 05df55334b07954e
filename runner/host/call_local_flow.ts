import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { MAX_DEPTH } from "../../shared/flow_depth.ts";
import { FlowError } from "../../shared/flow_error.ts";
import type { FlowCall, RouteTable } from "./flow_handle.ts";
import type { CallResult } from "./sandbox_messages.ts";
import type { Step } from "./step.ts";

/** What is needed to run a flow for another one of the same server. */
export interface LocalCallOptions {
  routes: RouteTable;
  /** The flow that calls. */
  from: { name: string; definition: FlowDefinition };
  /** The call of `from`. */
  call: FlowCall;
  /** Whether a flow asks its callers who they are. */
  asksCaller: (flow: string) => boolean;
  /** Counts a run, and the steps that it tells, against the flow's limits. */
  count: (
    flow: string,
    signal: AbortSignal,
    run: (onStep?: (step: Step) => void) => Promise<CallResult>,
  ) => Promise<CallResult>;
}

/**
 * Runs a flow as a tool of another one, for the same caller and no longer than the other's call.
 *
 * @throws {FlowError} where the flow's tools do not name it, where it is running for this call
 * already, where flows have called one another too often, or where it fails.
 */
export async function callLocalFlow(
  target: string,
  input: unknown,
  { routes, from, call, asksCaller, count }: LocalCallOptions,
): Promise<unknown> {
  // A sandbox may ask for what its flows' tools name, and for nothing else.
  if (!localFlows(from.definition).includes(target)) {
    throw new FlowError("PERMISSION_DENIED", `The flow "${from.name}" has no tool for it`);
  }
  const chain = [...call.chain ?? [], from.name];
  if (chain.includes(target)) {
    const way = [...chain, target].join(" → ");
    throw new FlowError("FAILED_PRECONDITION", `It is already running for this call (${way})`);
  }
  const depth = (call.depth ?? 0) + 1;
  if (depth > MAX_DEPTH) {
    const message =
      `Flows have called one another ${MAX_DEPTH} times to get here, which is the most`;
    throw new FlowError("FAILED_PRECONDITION", message);
  }
  const route = routes.routes.get(target);
  if (route === undefined) throw new FlowError("NOT_FOUND", "The server does not have it");
  if ("failed" in route) throw new FlowError("UNAVAILABLE", "It cannot be served now");
  if (asksCaller(target) && call.auth === undefined) {
    const message = "It asks its callers who they are, and the caller of this call is not known";
    throw new FlowError("UNAUTHENTICATED", message);
  }
  const { signal, auth, timeLeft, hurried, trace, traced, recordContent, onStep } = call;
  const run = (counted?: (step: Step) => void) =>
    route.handle.call({
      prompt: route.prompt,
      input,
      signal,
      depth,
      chain,
      ...auth && { auth },
      ...timeLeft && { timeLeft },
      ...hurried && { hurried },
      ...trace && { trace },
      ...traced && { traced },
      ...recordContent && { recordContent },
      ...(onStep || counted) && {
        onStep: (step, flow) => {
          if (flow === undefined) counted?.(step);
          onStep?.(step, flow ?? target);
        },
      },
    });
  const { text, output } = await count(target, signal, run);
  return route.handle.prompts.get(route.prompt)?.output === "json" ? output ?? null : text;
}

/** The flows of the same server that a flow's tools name: those without an address. */
export function localFlows({ tools }: FlowDefinition): string[] {
  return tools.flatMap(({ implementation: { flowRef } }) =>
    flowRef && !flowRef.url ? [flowRef.name] : []
  );
}
