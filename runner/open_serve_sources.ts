import type { SharedCache } from "../shared/cache/shared_cache.ts";
import type { LeaseEvent } from "../shared/cache/lease.ts";
import { systemClock } from "../shared/clock.ts";
import { readDuration } from "../shared/read_duration.ts";
import type { MergedSource } from "../shared/sources/merge_sources.ts";
import type { SourceStatus } from "../shared/sources/source.ts";
import type { CacheConfig } from "./config/serve_config.ts";
import type { SourceConfig } from "./config/source_config.ts";
import { readReference, type ReferenceReader } from "./config/text_reference.ts";
import type { ScheduleService } from "./flow_service.ts";
import { remoteSources } from "./remote_sources.ts";
import type { ServeReport } from "./serve_report.ts";
import { serveSources } from "./serve_sources.ts";
import { RENEWALS } from "../shared/sources/shared_source.ts";
import { SourceStates } from "./source_states.ts";

/** Options of {@linkcode openServeSources}. */
export interface OpenServeSourcesOptions {
  paths: readonly string[];
  sources?: readonly SourceConfig[];
  cache?: CacheConfig | undefined;
  /** Which files of `paths` are resources, besides prompts. */
  resources?: readonly string[];
  watch: boolean;
  report: ServeReport;
}

/** The sources of a process, as one. */
export interface ServeSources {
  source: MergedSource;
  states: SourceStates;
  /** What runs flows by their schedules, one node for all that share the cache. */
  schedules: ScheduleService;
  /** To be called when no snapshots are read any more. */
  close(): Promise<void>;
}

/**
 * Opens all sources, and the cache that they share with other nodes where there is one.
 *
 * @throws {Error} where one cannot be understood, or the cache cannot be reached.
 */
export async function openServeSources(options: OpenServeSourcesOptions): Promise<ServeSources> {
  const { report, watch, sources = [] } = options;
  const references: ReferenceReader = {
    environment: (key) => Deno.env.get(key),
    readFile: (path) => Deno.readTextFileSync(path),
  };
  const cache = options.cache && await openCache(options.cache, references, report);
  const node = nodeName(references);
  const leaseReporter = reportLeases(report, (...news) => states.lead(...news));
  const remote = remoteSources({
    cache,
    node,
    clock: systemClock,
    watch,
    // At a terminal somebody sees it; a service goes on with what there is.
    firstFailure: watch && sources.length > 0 ? "retry" : "throw",
    observe: reportRevisions(report),
    observeLease: leaseReporter,
  });
  const source = await serveSources({ ...options, sources, references, remote });
  const states = new SourceStates(source, cache && node);
  const schedules: ScheduleService = {
    cache,
    node,
    ...cache && { renewEvery: cache.leaseTtl / RENEWALS, late: cache.leaseTtl * 1.5 },
  };
  return { source, states, schedules, close: async () => await cache?.close() };
}

/**
 * Names this process: its host's name, and a random part where a host runs several. Deno would ask
 * for one more permission to tell the name.
 */
function nodeName({ environment, readFile }: ReferenceReader): string {
  let host = environment("HOSTNAME");
  try {
    host ||= readFile("/etc/hostname").trim();
  } catch {
    // There is none on macOS.
  }
  return `${host || "genkitd"}-${crypto.randomUUID().slice(0, 8)}`;
}

async function openCache(
  config: CacheConfig,
  references: ReferenceReader,
  report: ServeReport,
): Promise<SharedCache> {
  const { openNatsCache } = await import("../shared/cache/nats_cache.ts");
  const { url, bucket, replicas, creds, ca } = config;
  const leaseTtl = readDuration(config.leaseDuration)!;
  const read = (field: "creds" | "ca") =>
    readReference(config[field]!, `cache.${field}`, references);
  // So that a file that is missing is told as such.
  if (creds !== undefined) read("creds");
  const cache = await openNatsCache({
    url,
    bucket,
    replicas,
    leaseTtl,
    ...creds !== undefined && { creds: () => read("creds") },
    ...ca !== undefined && { ca: read("ca") },
    observe: (state) =>
      report.note(
        state === "disconnected"
          ? "The connection to NATS is lost; what was found last is served on"
          : "The connection to NATS is back",
      ),
  });
  if (cache.leaseTtl !== leaseTtl) {
    report.note(
      `The bucket "${bucket}-leases" was made with a lease duration of ${
        cache.leaseTtl / 1000
      } s, ` +
        `which holds in place of ${config.leaseDuration}`,
    );
  }
  return cache;
}

/** Tells each revision of a source that is asked, once. */
function reportRevisions(report: ServeReport): (status: SourceStatus) => void {
  const told = new Map<string, string>();
  return ({ name, revision }) => {
    if (revision === undefined || told.get(name) === revision) return;
    told.set(name, revision);
    report.note(`Read ${name} at ${revision}`);
  };
}

/** Tells when this node begins and stops to read a source, and once why it cannot know. */
function reportLeases(
  report: ServeReport,
  lead: (source: string, leading: boolean) => void,
): (source: string, event: LeaseEvent) => void {
  const told = new Map<string, string>();
  return (source, event) => {
    if (event.type === "failed") {
      if (told.get(source) === event.reason) return;
      told.set(source, event.reason);
      return report.note(`Cannot ask whether to lead ${source}: ${event.reason}`);
    }
    told.delete(source);
    lead(source, event.type === "elected");
    if (event.type === "elected") report.note(`Leads ${source} now`);
    if (event.type === "released") report.note(`Leads ${source} no longer: it is given back`);
    if (event.type === "lost") report.note(`Leads ${source} no longer: ${event.reason}`);
  };
}
