import type {
  FlowCall,
  FlowHandle,
  FlowState,
  Route,
  RouteTable,
} from "../../runner/host/flow_handle.ts";
import type { CallResult, PromptInfo } from "../../runner/host/sandbox_messages.ts";

/** How a fake flow answers a call. */
export type FakeAnswer = (call: FlowCall) => CallResult | Promise<CallResult>;

/** Makes a handle with one prompt, which answers by calling `run`. */
export function fakeFlow(run: FakeAnswer, prompt: Partial<PromptInfo> = {}): FlowHandle {
  const info: PromptInfo = { name: "main", output: "text", ...prompt };
  // deno-lint-ignore require-await -- so that a throw is a rejection, as a real handle's is
  return { prompts: new Map([["main", info]]), call: async (call) => run(call) };
}

/** Makes a route table of flows by name; a text is the reason of a failed one. */
export function fakeRoutes(flows: Record<string, FlowHandle | string>): RouteTable {
  const routes = new Map<string, Route>();
  const states: FlowState[] = [];
  for (const [flow, handle] of Object.entries(flows)) {
    if (typeof handle === "string") {
      routes.set(flow, { flow, failed: handle });
      states.push({ name: flow, state: "failed", reason: handle });
    } else {
      routes.set(flow, { flow, prompt: "main", handle });
      states.push({ name: flow, state: "serving" });
    }
  }
  return { routes, flows: states };
}

/** Answers with the input as JSON text. */
export const echoFlow = fakeFlow(({ input }) => ({ text: JSON.stringify(input) }));

/** A chunk as Genkit gives it. */
export function textChunk(text: string): unknown {
  return { role: "model", index: 0, content: [{ text }] };
}
