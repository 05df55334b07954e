import type { Clock } from "../../shared/clock.ts";
import { sampleInput } from "../../shared/sample_input.ts";
import type { SourceStatus } from "../../shared/sources/source.ts";
import { VERSION } from "../../shared/version.ts";
import type { RouteTable } from "../host/flow_handle.ts";
import type { Applied } from "../host/flow_host.ts";
import type { BrokenPlan, FlowPlan } from "../host/flow_plan.ts";
import { describePlan } from "./describe_plan.ts";
import { PageEvents } from "./page_events.ts";
import type {
  FlowDescription,
  PageFindings,
  PageFlow,
  PageReload,
  PageRoute,
  PageState,
} from "./page_state.ts";
import { RecentRequests } from "./recent_requests.ts";

/** How many reloads are kept. */
const RELOADS = 50;

/** Options of {@linkcode FlowPage}. */
export interface FlowPageOptions {
  /** Read anew each time. */
  routes: () => RouteTable;
  clock: Clock;
  /** The time of the wall clock. */
  now: () => Date;
}

/** What the page of a server shows, gathered as it happens. */
export class FlowPage {
  readonly events: PageEvents;
  /** Takes note of calls. */
  readonly requests: RecentRequests;
  readonly #options: FlowPageOptions;
  /** Of the plans, by the flow's name. */
  #planned = new Map<string, FlowDescription>();
  /** What the server's owner knows besides. */
  #described: ReadonlyMap<string, FlowDescription> = new Map();
  #findings: PageFindings = { problems: [], warnings: [] };
  #sources: () => readonly SourceStatus[] = () => [];
  #reloads: PageReload[] = [];

  constructor(options: FlowPageOptions) {
    this.#options = options;
    const { clock, now } = options;
    this.events = new PageEvents({ clock });
    this.requests = new RecentRequests({
      clock,
      now,
      tell: (request) => this.events.tell("request", request),
    });
  }

  /** Takes note of what was planned, and what came of it. */
  applied(plans: readonly (FlowPlan | BrokenPlan)[], applied: Applied): void {
    const before = this.#planned;
    this.#planned = new Map(plans.flatMap((plan) => {
      // The last good version serves on.
      const known = "reason" in plan ? before.get(plan.name) : describePlan(plan);
      return known ? [[plan.name, known]] : [];
    }));
    const { added, changed, removed, failed } = applied;
    const reload = { at: this.#options.now().toISOString(), added, changed, removed, failed };
    if (tells(reload, this.#reloads[0])) {
      this.#reloads = [reload, ...this.#reloads].slice(0, RELOADS);
    }
    this.events.tell("change", {});
  }

  /** Takes note of where flows come from, and of what is wrong in the files. */
  describe(flows: ReadonlyMap<string, FlowDescription>, findings: PageFindings): void {
    this.#described = flows;
    this.#findings = findings;
    this.events.tell("change", {});
  }

  /** Has the page show how sources stand; asked anew each time. */
  showSources(sources: () => readonly SourceStatus[]): void {
    this.#sources = sources;
  }

  /** All that the page shows now. */
  state(): PageState {
    const table = this.#options.routes();
    return {
      version: VERSION,
      flows: table.flows.map((flow): PageFlow => ({
        ...flow,
        ...this.#planned.get(flow.name),
        ...this.#described.get(flow.name),
        routes: routesOf(flow.name, table),
      })),
      requests: this.requests.requests,
      reloads: this.#reloads,
      ...this.#findings,
      sources: this.#sources(),
    };
  }
}

/** The routes of a flow, that of its own name first; each prompt once. */
function routesOf(flow: string, { routes }: RouteTable): PageRoute[] {
  const own = [...routes].filter(([, route]) => route.flow === flow)
    .sort(([a], [b]) => Number(b === flow) - Number(a === flow));
  const prompts = new Map<string, PageRoute>();
  for (const [path, route] of own) {
    if ("failed" in route || prompts.has(route.prompt)) continue;
    const { inputSchema, output = "text" } = route.handle.prompts.get(route.prompt) ?? {};
    prompts.set(route.prompt, {
      path: `/${path}`,
      prompt: route.prompt,
      ...inputSchema && { inputSchema },
      sampleInput: sampleInput(inputSchema),
      output,
    });
  }
  return [...prompts.values()];
}

/** Whether a reload is worth a line: one that fails as the last one did is not. */
function tells(reload: PageReload, last: PageReload | undefined): boolean {
  if (reload.added.length + reload.changed.length + reload.removed.length > 0) return true;
  return reload.failed.length > 0 && JSON.stringify(reload.failed) !== JSON.stringify(last?.failed);
}
