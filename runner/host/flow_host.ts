import { type Clock, systemClock } from "../../shared/clock.ts";
import type { Log } from "../../shared/log.ts";
import { ResponseCache } from "../cache/response_cache.ts";
import type { Recording } from "../recording/recording.ts";
import { Approvals } from "./approvals.ts";
import { callLocalFlow, type LocalCallOptions, localFlows } from "./call_local_flow.ts";
import type { FlowCall, FlowHandle, FlowState, Route, RouteTable } from "./flow_handle.ts";
import { type BrokenPlan, type FlowPlan, trustDomain } from "./flow_plan.ts";
import type { LoadedFlow, Sandbox } from "./sandbox.ts";

/** What a host needs of a sandbox. */
export type FlowSandbox = Pick<Sandbox, "load" | "close" | "size">;

/** Options of a {@linkcode FlowHost}. */
export interface FlowHostOptions {
  /** Makes the sandbox of a trust domain that reaches `hosts`. */
  createSandbox: (hosts: readonly string[]) => FlowSandbox;
  log: Log;
  clock?: Clock;
  /** Awaited before each call, e.g. to apply credentials that have changed. */
  beforeCall?: () => Promise<void>;
  /** Where turns and tools are recorded, or answered from. */
  recording?: Recording | undefined;
  /** Counts a run of a flow as another's tool against its limits; nothing does where it is absent. */
  count?: LocalCallOptions["count"];
  /** Seals the calls that wait for an approval; without a secret of its own where it is absent. */
  approvals?: Approvals;
}

/** What {@linkcode FlowHost.apply} did, by the flows' names. */
export interface Applied {
  added: string[];
  changed: string[];
  removed: string[];
  /** Flows whose new version cannot be served; where there was one before, it still is. */
  failed: { name: string; reason: string }[];
  warnings: { name: string; message: string }[];
}

/** A flow as the host has it. */
interface Hosted {
  plan: FlowPlan | BrokenPlan;
  /** Tells one version of a flow from another. */
  version: string;
  loaded?: {
    flow: LoadedFlow;
    plan: FlowPlan;
    version: string;
    domain: string;
    /** Of this version alone, so that a changed flow never gives an old answer. */
    cache: ResponseCache | undefined;
  };
  state: FlowState;
}

/** The most sandboxes that start at the same time. */
const STARTS = 4;

/**
 * Runs flows in sandboxes, one a trust domain, and changes them while they are called: only flows
 * that differ are touched, the new version is up before the old one goes, and calls in flight end
 * on the version that they began on.
 */
export class FlowHost {
  #options: FlowHostOptions;
  #approvals: Approvals;
  #sandboxes = new Map<string, FlowSandbox>();
  #flows = new Map<string, Hosted>();
  #table: RouteTable = { routes: new Map(), flows: [] };
  #applying: Promise<unknown> = Promise.resolve();
  /** Unloads that wait for calls in flight. */
  #leaving = new Set<Promise<void>>();

  constructor(options: FlowHostOptions) {
    this.#options = options;
    this.#approvals = options.approvals ?? new Approvals();
  }

  /** The routes at this moment. */
  get table(): RouteTable {
    return this.#table;
  }

  /** How many sandboxes there are. */
  get sandboxes(): number {
    return this.#sandboxes.size;
  }

  /** Makes the host serve exactly these flows. Never rejects for a flow's sake. */
  apply(plans: readonly (FlowPlan | BrokenPlan)[]): Promise<Applied> {
    const applied = this.#applying.then(() => this.#apply(plans));
    this.#applying = applied.catch(() => {});
    return applied;
  }

  /** Ends all sandboxes; calls in flight fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.close()));
    await Promise.all(this.#leaving);
  }

  async #apply(plans: readonly (FlowPlan | BrokenPlan)[]): Promise<Applied> {
    const applied: Applied = { added: [], changed: [], removed: [], failed: [], warnings: [] };
    const before = this.#flows;
    const after = new Map<string, Hosted>();
    const toLoad: { hosted: Hosted; plan: FlowPlan; old: Hosted | undefined }[] = [];
    for (const plan of plans) {
      const old = before.get(plan.name);
      const hosted: Hosted = {
        plan,
        version: versionOf(plan),
        ...old?.loaded && { loaded: old.loaded },
        state: old?.state ?? { name: plan.name, state: "loading" },
      };
      after.set(plan.name, hosted);
      if ("reason" in plan) {
        fail(hosted, plan.reason, applied);
      } else if (old?.loaded?.version === hosted.version) {
        hosted.state = { name: plan.name, state: "serving" };
      } else {
        toLoad.push({ hosted, plan, old });
      }
    }
    // Until they are loaded, new flows are known and old versions go on.
    const removed = [...before].filter(([name]) => !after.has(name));
    this.#flows = new Map([...removed, ...after]);
    this.#publish();
    await this.#load(toLoad, applied);
    this.#flows = after;
    this.#publish();
    for (const [name, { loaded }] of removed) {
      applied.removed.push(name);
      if (loaded) this.#unload(loaded);
    }
    this.#closeEmpty();
    return applied;
  }

  async #load(
    toLoad: { hosted: Hosted; plan: FlowPlan; old: Hosted | undefined }[],
    applied: Applied,
  ): Promise<void> {
    const domains = Map.groupBy(toLoad, ({ plan }) => trustDomain(plan));
    const queue = [...domains];
    const work = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [domain, flows] = next;
        const sandbox = this.#sandbox(domain, flows[0]!.plan.hosts);
        await Promise.all(flows.map(async ({ hosted, plan, old }) => {
          try {
            const flow = await sandbox.load(
              plan.definition,
              plan.credentials,
              plan.toolHeaders,
              plan.fallbackCredentials,
            );
            const { cache: limits } = plan.definition.config;
            const cache = limits
              ? new ResponseCache(limits, this.#options.clock ?? systemClock)
              : undefined;
            hosted.loaded = { flow, plan, version: hosted.version, domain, cache };
            hosted.state = { name: plan.name, state: "serving" };
            applied[old?.loaded ? "changed" : "added"].push(plan.name);
            const warning = this.#approvals.warning(plan);
            const warnings = [...flow.warnings, ...warning === undefined ? [] : [warning]];
            applied.warnings.push(...warnings.map((message) => ({ name: plan.name, message })));
            this.#publish();
            if (old?.loaded) this.#unload(old.loaded);
          } catch (error) {
            fail(hosted, (error as Error).message, applied);
          }
        }));
      }
    };
    await Promise.all(Array.from({ length: STARTS }, work));
  }

  #sandbox(domain: string, hosts: readonly string[]): FlowSandbox {
    let sandbox = this.#sandboxes.get(domain);
    if (sandbox === undefined) {
      sandbox = this.#options.createSandbox(hosts);
      this.#sandboxes.set(domain, sandbox);
    }
    return sandbox;
  }

  #unload({ flow }: NonNullable<Hosted["loaded"]>): void {
    const leaving = flow.unload().then(() => {
      this.#leaving.delete(leaving);
      this.#closeEmpty();
    });
    this.#leaving.add(leaving);
  }

  #closeEmpty(): void {
    for (const [domain, sandbox] of this.#sandboxes) {
      if (sandbox.size > 0) continue;
      this.#sandboxes.delete(domain);
      sandbox.close();
    }
  }

  #handle(name: string, first: NonNullable<Hosted["loaded"]>): FlowHandle {
    const { beforeCall } = this.#options;
    return {
      prompts: first.flow.prompts,
      cache: first.cache,
      call: async (call) => {
        await beforeCall?.();
        const recording = this.#options.recording?.of(name);
        if (recording) call = { ...call, recording };
        const { flow, plan } = this.#flows.get(name)?.loaded ?? first;
        const { definition } = plan;
        const run: FlowHandle["call"] = (call) =>
          this.#approvals.around(plan, call, (call) => flow.call(call));
        if (localFlows(definition).length === 0) return await run(call);
        const callFlow: FlowCall["callFlow"] = (target, input) =>
          callLocalFlow(target, input, {
            routes: this.#table,
            from: { name, definition },
            call,
            asksCaller: (flow) => this.#asksCaller(flow),
            count: this.#options.count ?? ((_flow, _signal, run) => run()),
          });
        return await run({ ...call, callFlow });
      },
    };
  }

  #asksCaller(flow: string): boolean {
    const { auth } = this.#flows.get(flow)?.loaded?.plan.definition.config ?? {};
    return Boolean(auth?.apiKeys || auth?.jwt);
  }

  #publish(): void {
    const routes = new Map<string, Route>();
    for (const { plan, loaded, state } of this.#flows.values()) {
      // A flow whose new version failed keeps the routes of the version that serves.
      for (const [path, prompt] of (loaded?.plan ?? plan).routes) {
        routes.set(
          path,
          loaded
            ? { flow: plan.name, prompt, handle: this.#handle(plan.name, loaded) }
            : { flow: plan.name, failed: state.reason ?? "it is still loading" },
        );
      }
    }
    this.#table = { routes, flows: [...this.#flows.values()].map(({ state }) => state) };
  }
}

function fail(hosted: Hosted, reason: string, applied: Applied): void {
  const { plan: { name }, loaded } = hosted;
  applied.failed.push({ name, reason });
  hosted.state = loaded
    ? { name, state: "serving", reason: `an older version, as the newer one failed: ${reason}` }
    : { name, state: "failed", reason };
}

function versionOf(plan: FlowPlan | BrokenPlan): string {
  return "reason" in plan
    ? plan.reason
    : JSON.stringify([[...plan.routes], plan.definition, trustDomain(plan)]);
}
