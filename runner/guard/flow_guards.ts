import type { Clock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import type { BrokenPlan, FlowPlan } from "../host/flow_plan.ts";
import { FlowGuard, type GuardSettings } from "./flow_guard.ts";

/** What the guards of all flows go by. */
export interface GuardsOptions {
  clock: Clock;
  log: Log;
  /** The address or name that the server listens on. */
  listening: string;
}

interface Guarded {
  settings: string;
  guard: FlowGuard;
}

/** The guards of all flows; one stays, with all that it counts, while its settings do. */
export class FlowGuards {
  readonly #options: GuardsOptions;
  #guards = new Map<string, Guarded>();

  constructor(options: GuardsOptions) {
    this.#options = options;
  }

  /** Gives the guard of a flow; a flow that has none must not be served. */
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
      const { auth, limits, cors } = plan.definition.config;
      const settings = JSON.stringify([auth, limits, cors]);
      const guard = before?.settings === settings
        ? before.guard
        : this.#create({ auth, limits, cors }, plan.name);
      guard.readApiKeys = plan.apiKeys;
      after.set(plan.name, { settings, guard });
    }
    this.#guards = after;
  }

  #create(settings: GuardSettings, flow: string): FlowGuard {
    const { clock, log, listening } = this.#options;
    const onIssuerFailure = (reason: string) =>
      log.warn("the keys of an issuer of tokens cannot be read", { flow, reason });
    return new FlowGuard(settings, { clock, listening, onIssuerFailure });
  }
}
