import type { Clock } from "../../shared/clock.ts";
import type { BrokenPlan, FlowPlan } from "../host/flow_plan.ts";
import { FlowGuard } from "./flow_guard.ts";

interface Guarded {
  settings: string;
  guard: FlowGuard;
}

/** The guards of all flows; one stays, with all that it counts, while its settings do. */
export class FlowGuards {
  readonly #clock: Clock;
  #guards = new Map<string, Guarded>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Gives the guard of a flow; a flow that is not known has none, and is not served either. */
  get(flow: string): FlowGuard | undefined {
    return this.#guards.get(flow)?.guard;
  }

  /** Takes the flows as they are planned now. A plan that is broken keeps the guard that it had. */
  apply(plans: readonly (FlowPlan | BrokenPlan)[]): void {
    const after = new Map<string, Guarded>();
    for (const plan of plans) {
      const before = this.#guards.get(plan.name);
      if ("reason" in plan) {
        if (before !== undefined) after.set(plan.name, before);
        continue;
      }
      const { auth, limits } = plan.definition.config;
      const settings = JSON.stringify([auth, limits]);
      const guard = before?.settings === settings
        ? before.guard
        : new FlowGuard({ auth, limits }, this.#clock);
      guard.readApiKeys = plan.apiKeys;
      after.set(plan.name, { settings, guard });
    }
    this.#guards = after;
  }
}
