import { FlowGuard, type GuardSettings } from "../../runner/guard/flow_guard.ts";
import type { FlowHandle } from "../../runner/host/flow_handle.ts";
import type { ServerLimits } from "../../runner/http/server_limits.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { type TestServer, testServer } from "./test_server.ts";

/** A flow that a guard stands before. */
export interface GuardedFlow extends GuardSettings {
  handle: FlowHandle;
}

/** The API keys of the callers of every flow. */
export const KEYS = { ann: "key-of-ann-8c1f", bob: "key-of-bob-77e0" };

/** Where a flow takes keys, as its config.json has it. */
export const API_KEYS = { apiKeys: { header: "x-api-key", dir: "/genkit/api-keys" } };

/** Starts a server of guarded flows on a clock that stands still. */
export async function guardedServer(
  flows: Record<string, GuardedFlow>,
  limits: Partial<ServerLimits> = {},
): Promise<TestServer & { clock: ManualClock; guards: Map<string, FlowGuard> }> {
  const clock = new ManualClock();
  const guards = new Map(
    Object.entries(flows).map(([name, settings]) => {
      const guard = new FlowGuard(settings, { listening: "127.0.0.1", clock });
      guard.readApiKeys = () => new Map(Object.entries(KEYS));
      return [name, guard];
    }),
  );
  const handles = Object.fromEntries(
    Object.entries(flows).map(([name, { handle }]) => [name, handle]),
  );
  const server = await testServer(handles, { limits, clock, guards: (flow) => guards.get(flow) });
  return { ...server, clock, guards };
}
