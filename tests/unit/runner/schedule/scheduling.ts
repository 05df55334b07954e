import { setImmediate } from "node:timers";
import type { FlowPlan } from "../../../../runner/host/flow_plan.ts";
import { FlowScheduler } from "../../../../runner/schedule/flow_scheduler.ts";
import type { RunFailure, Schedule } from "../../../../runner/schedule/scheduled_flow.ts";
import type { Bucket } from "../../../../shared/cache/bucket.ts";
import { MemoryBucket } from "../../../../shared/cache/memory_bucket.ts";
import { logLines } from "../../../runner/log_lines.ts";
import { ManualClock } from "../../manual_clock.ts";

/** When the clocks of the tests begin. */
export const START = Date.parse("2026-03-02T09:00:00Z");

/** Lets everything happen that needs no time. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** The buckets that processes share, and their time. */
export function sharedState() {
  const clock = new ManualClock();
  return {
    clock,
    runtime: new MemoryBucket() as Bucket,
    leases: new MemoryBucket() as Bucket,
    /** Moves the time on, second by second. */
    async pass(seconds: number) {
      for (let i = 0; i < seconds; i++) {
        clock.advance(1000);
        await settled();
      }
    },
  };
}

/** Makes a process that runs the flow "f" by a schedule; it ends at once unless `hold` is set. */
export function process(
  { clock, runtime, leases }: Pick<ReturnType<typeof sharedState>, "clock" | "runtime" | "leases">,
  { node = "a", hold = false, skew = 0, set = { by: 0 } } = {},
) {
  const runs: { due: string; input: Schedule["input"]; signal: AbortSignal }[] = [];
  const outcomes: string[] = [];
  const open: ((failed?: RunFailure) => void)[] = [];
  const { log, lines } = logLines();
  const date = () => new Date(START + clock.now() + skew + set.by);
  const scheduler = new FlowScheduler({
    call(_flow, { input }, _due, signal) {
      runs.push({ due: date().toISOString().slice(11, 19), input, signal });
      if (!hold) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        open.push(resolve);
        signal.addEventListener("abort", () => {
          open.splice(0, open.length, ...open.filter((end) => end !== resolve));
          resolve({ status: "CANCELLED" });
        });
      });
    },
    runtime,
    leases,
    node,
    clock,
    date,
    log,
    observe: (_flow, outcome) => outcomes.push(outcome),
  });
  return {
    scheduler,
    runs,
    outcomes,
    lines,
    /** When it ran the flow. */
    ran: () => runs.map(({ due }) => due),
    schedule(schedule?: Schedule) {
      scheduler.apply(schedule === undefined ? [] : [plan(schedule)]);
      return settled();
    },
    /** Ends the run that began first. */
    finish(failed?: RunFailure) {
      open.shift()?.(failed);
      return settled();
    },
    async state() {
      return (await scheduler.states())[0]!;
    },
  };
}

/** The plan of a flow "f" with a schedule. */
function plan(schedule: Schedule): FlowPlan {
  return {
    name: "f",
    routes: new Map([["f", "f"]]),
    definition: {
      name: "f",
      entrypoint: "f",
      config: { schedule },
      prompts: [],
      tools: [],
    },
    credentials: {},
    hosts: [],
    apiKeys: () => new Map(),
  };
}
