import { formatProblem } from "../shared/sources/format_problem.ts";
import { checkObjects, ObjectSet } from "../shared/flows/object_set.ts";
import { readInlined } from "../shared/sources/read_inlined.ts";
import { createLog, type LogLevel } from "../shared/log.ts";
import { sampleInput } from "../shared/sample_input.ts";
import type { MergedSnapshot } from "../shared/sources/merge_snapshots.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";
import { processEnvironment } from "./credential_environment.ts";
import type { Applied, FlowHost } from "./host/flow_host.ts";
import type { BrokenPlan, FlowPlan } from "./host/flow_plan.ts";
import { processIdentities } from "./identity/process_identities.ts";
import type { WorkloadIdentities } from "./identity/workload_identities.ts";
import { type FlowService, startFlowService } from "./flow_service.ts";
import { openRecording, type RecordingChoice } from "./recording/open_recording.ts";
import type { FlowDescription } from "./page/page_state.ts";
import { rotatedFlows } from "./rotated_flows.ts";
import { planServe, type ServedPlan, type ServePlan } from "./serve_plan.ts";
import type { ServedRoute, ServeReport } from "./serve_report.ts";
import type { CacheConfig } from "./config/serve_config.ts";
import type { SourceConfig } from "./config/source_config.ts";
import { openServeSources } from "./open_serve_sources.ts";
import type { SourceStates } from "./source_states.ts";
import type { TelemetryOptions } from "./telemetry/telemetry_options.ts";

/** Options of {@linkcode serve}. */
export interface ServeOptions {
  /** Files, folders, globs, `-` for standard input, or Git repositories as `git+https://…`. */
  paths: string[];
  /** Sources of a configuration; the PATHs go before them. */
  sources?: readonly SourceConfig[];
  /** What several nodes share; absent for one node. */
  cache?: CacheConfig | undefined;
  /** Which files are resources, besides prompts: globs of paths from each source's root. */
  resources?: string[];
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** Every model is answered by echo. */
  offline: boolean;
  /** Where real answers are recorded, or answered from. */
  recording?: RecordingChoice;
  /** Follow changes of the files. */
  watch: boolean;
  logFormat: "text" | "json";
  logLevel: LogLevel;
  /** Milliseconds for which requests are still accepted after SIGTERM. */
  drainDelay: number;
  telemetry: TelemetryOptions;
  /** Whether `GET /` is a page that shows the flows. */
  page: boolean;
  report: ServeReport;
}

/** Milliseconds that requests in flight get to finish when the process is told to stop. */
const GRACE = 30_000;

/**
 * Serves the flows of object files until the process is told to stop.
 *
 * @throws {Error} where it cannot start, in words for a person.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const { report, offline } = options;
  const log = createLog({ format: options.logFormat, level: options.logLevel });
  const stop = new AbortController();
  const sources = await openServeSources(options);
  const { states } = sources;
  const snapshots = sources.source.snapshots(stop.signal)[Symbol.asyncIterator]();
  const first = await snapshots.next();
  if (first.done) throw new Error("Cannot serve: there is nothing to read");

  // The service gives up the right to write.
  const recording = options.recording && await openRecording(options.recording, log);
  const service = await startFlowService({
    ...options,
    recording,
    log,
    grace: GRACE,
    sources: () => states.read(),
    schedules: sources.schedules,
  });
  service.page?.showSources(() => states.read().sources);
  const identities = processIdentities(log);
  const change = changer({
    service,
    identities,
    offline,
    replay: recording?.replays ?? false,
    report,
    states,
  });
  const { routes } = await change(first.value);
  const serving = routes.some(({ failed }) => failed === undefined);
  if (!options.watch && !serving) {
    await service.stop();
    throw new Error(
      routes.length === 0
        ? "Cannot serve: there is no Flow or FlowSet in the files"
        : "Cannot serve: no flow in the files can be served, for the reasons above",
    );
  }
  if (routes.length === 0) report.note("There is no Flow or FlowSet in the files yet");
  report.serving(service.url, routes);
  if (options.recording) {
    const { mode, file } = options.recording;
    report.note(
      mode === "record" ? `Recording in ${file}` : `Replaying ${file}: no key, no network`,
    );
  }
  if (service.metricsUrl !== undefined) report.note(`Metrics are at ${service.metricsUrl}`);

  const follow = async () => {
    for (let next = await snapshots.next(); !next.done; next = await snapshots.next()) {
      const { applied, routes } = await change(next.value);
      report.reloaded(applied, routes);
    }
  };
  const following = follow().catch((error: Error) => {
    report.note(`The files are no longer followed: ${error.message}`);
  });
  await service.ended;
  identities.close();
  recording?.[Symbol.dispose]();
  stop.abort();
  await following;
  await sources.close();
}

/** Makes the function that brings what is served up to a snapshot of the files. */
function changer({ service, identities, offline, replay, report, states }: {
  service: FlowService;
  identities: WorkloadIdentities;
  offline: boolean;
  replay: boolean;
  report: ServeReport;
  states: SourceStates;
}) {
  let before = new ObjectSet();
  let plansBefore: (FlowPlan | BrokenPlan)[] = [];
  let lastForeign = "";
  let warned = new Set<string>();
  let broken = false;
  let noted = new Set<string>();
  const environment = processEnvironment;
  const planNow = () => planServe(before, { offline, replay, environment, identities });
  identities.onChange(() => service.apply(planNow().flows.map(({ plan }) => plan)));
  return async (snapshot: MergedSnapshot): Promise<{ applied: Applied; routes: ServedRoute[] }> => {
    const read = readInlined(snapshot, (file) => snapshot.sources.get(file) ?? "");
    const collisions = [...snapshot.collisions, ...read.collisions];
    const { objects, problems, warnings, foreign } = checkObjects(read.objects);
    const faults = [...snapshot.problems, ...read.problems, ...problems];
    objects.keepFrom(before, new Set(faults.map(({ file }) => file)), sourceOrder(snapshot));
    before = objects;

    const first = planNow();
    const plan = await identities.settled() ? planNow() : first;
    const plans = plan.flows.map(({ plan }) => plan);
    const rotated = await rotatedFlows(plansBefore, plans);
    plansBefore = plans;
    const applied = await service.apply(plans);
    const told = [...applied.added, ...applied.changed];
    applied.changed.push(...rotated.filter((name) => !told.includes(name)));
    const said = runnerFindings(plan, applied);
    const passed = [...snapshot.warnings ?? [], ...collisions];
    const allWarnings = [...passed, ...warnings, ...plan.warnings, ...said.warnings];
    // What is so as before, such as a collision, is told once.
    const fresh = unique(allWarnings).filter((warning) => !warned.has(JSON.stringify(warning)));
    if (fresh.length > 0) report.warnings(fresh, snapshot.files);
    warned = new Set(allWarnings.map((warning) => JSON.stringify(warning)));
    const allProblems = [...faults, ...plan.problems, ...said.problems];
    states.serve(snapshot, unique(allProblems));
    if (allProblems.length > 0) report.problems(unique(allProblems), snapshot.files);
    // What is put back as it was reloads nothing, and would be met with silence.
    else if (broken) report.note("No problem is left");
    broken = allProblems.length > 0;
    service.page?.describe(
      new Map(plan.flows.map((flow) => [flow.plan.name, descriptionOf(flow)])),
      { problems: unique(allProblems), warnings: unique(allWarnings) },
    );
    const notes = new Set(read.passedOver.notes.map((note) => formatProblem(note)));
    for (const note of notes.difference(noted)) report.note(note);
    noted = notes;
    const passedOver = foreign.join(", ");
    if (passedOver !== "" && passedOver !== lastForeign) {
      report.note(`Passed over, as they are not genkitd's: ${passedOver}`);
    }
    lastForeign = passedOver;
    return { applied, routes: plan.flows.flatMap((flow) => routesOf(flow, service.host)) };
  };
}

/** Tells whether the source of a file goes before that of another; a file may be unreadable now. */
function sourceOrder({ revisions, sources }: MergedSnapshot) {
  const names = [...revisions.keys()];
  const rank = (file: string) => {
    const name = sources.get(file) ?? names.find((name) => file.startsWith(`${name}//`));
    // Files that have no source's name before theirs are those of this machine, which go first.
    return name === undefined ? -1 : names.indexOf(name);
  };
  return (file: string, other: string) => rank(file) < rank(other);
}

/** What the runner said of flows, at their places, where resolve has not said it already. */
function runnerFindings(plan: ServePlan, { failed, warnings }: Applied) {
  const at = (name: string, message: string): SourceProblem[] => {
    const flow = plan.flows.find(({ plan }) => plan.name === name);
    return flow ? [{ ...flow.place, message: `Flow "${name}": ${message}` }] : [];
  };
  // A flow that did not resolve fails with the messages that were told with their own places. A
  // message may hold "; " itself.
  const told = new Set(plan.problems.map(({ message }) => message));
  const known = (reason: string) =>
    [...told].filter((message) => reason.includes(message)).join("; ") === reason;
  // The sandbox warns of a prompt's settings in the words of resolve.
  const warned = (message: string) =>
    plan.warnings.some((warning) => warning.message.endsWith(message.replace(/^[^:]*: /, "")));
  return {
    problems: failed.flatMap(({ name, reason }) => known(reason) ? [] : at(name, reason)),
    warnings: warnings.flatMap(({ name, message }) => warned(message) ? [] : at(name, message)),
  };
}

function descriptionOf({ owner, place, tree }: ServedPlan): FlowDescription {
  const { file, line, column } = place;
  return {
    owner,
    place: [file, line, column].filter((part) => part !== undefined).join(":"),
    tree,
  };
}

function unique(problems: readonly SourceProblem[]): SourceProblem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

function routesOf({ plan, owner, model }: ServedPlan, host: FlowHost): ServedRoute[] {
  return [...plan.routes.keys()].flatMap((path) => {
    const route = host.table.routes.get(path);
    if (route === undefined) return [];
    const base = { path: `/${path}`, flow: plan.name, owner, model };
    if ("failed" in route) return [{ ...base, sampleInput: {}, failed: route.failed }];
    const { inputSchema } = route.handle.prompts.get(route.prompt) ?? {};
    return [{ ...base, sampleInput: sampleInput(inputSchema) }];
  });
}
