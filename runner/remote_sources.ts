import type { SharedCache } from "../shared/cache/shared_cache.ts";
import type { LeaseEvent } from "../shared/cache/lease.ts";
import type { Clock } from "../shared/clock.ts";
import { sharedSource } from "../shared/sources/shared_source.ts";
import type { Source, SourceStatus } from "../shared/sources/source.ts";

/** What a source that has to be asked is told by the process that it is part of. */
export interface RemoteSettings {
  /** Follow changes. */
  watch: boolean;
  firstFailure: "throw" | "retry";
  observe(status: SourceStatus): void;
}

/** Makes a source of this process of one that has to be asked. */
export type OpenRemote = (
  name: string,
  make: (settings: RemoteSettings) => Source,
  options?: { allowEmpty?: boolean | undefined; reads?: string },
) => Source;

/** Options of {@linkcode remoteSources}. */
export interface RemoteSourcesOptions extends RemoteSettings {
  /** What several nodes share; absent for one node. */
  cache?: SharedCache | undefined;
  /** This process among those that share the cache. */
  node: string;
  clock: Clock;
  /** Told when this node begins and stops to read a source. */
  observeLease(source: string, event: LeaseEvent): void;
}

/** With a cache, one of the nodes asks a source, and all serve what it found; else each asks itself. */
export function remoteSources(options: RemoteSourcesOptions): OpenRemote {
  const { cache, node, clock, watch, firstFailure, observe, observeLease } = options;
  if (cache === undefined) return (_name, make) => make({ watch, firstFailure, observe });
  return (name, make, { allowEmpty, reads } = {}) =>
    sharedSource({
      name,
      allowEmpty,
      reads,
      source: (tell) =>
        make({
          watch: true,
          firstFailure: "retry",
          observe(status) {
            observe(status);
            tell(status);
          },
        }),
      cache,
      node,
      clock,
      observe: (event) => observeLease(name, event),
    });
}
