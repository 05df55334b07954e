import type { MergedSnapshot } from "../shared/sources/merge_snapshots.ts";
import type { MergedSource } from "../shared/sources/merge_sources.ts";
import type { SourceStatus } from "../shared/sources/source.ts";
import type { SourceProblem } from "../shared/sources/source_problem.ts";

/** How a source stands, as `GET /sources` says it. */
export interface SourceState extends SourceStatus {
  /** How many files it gave last; those that an earlier source has as well are not counted. */
  files: number;
  /** What is wrong in its files, or with the source; the last good versions are served. */
  problems: readonly SourceProblem[];
  /** Whether this node is the one that reads it; absent where nodes share nothing. */
  leading?: boolean;
}

/** What `GET /sources` answers. */
export interface SourcesAnswer {
  /** This process among those that share a cache; absent where nodes share nothing. */
  node?: string;
  sources: SourceState[];
  /** What is wrong and belongs to no file. */
  problems: readonly SourceProblem[];
}

/** Keeps what is known of the sources of this process. */
export class SourceStates {
  readonly #statuses: () => SourceStatus[];
  readonly #node: string | undefined;
  readonly #leading = new Set<string>();
  #files = new Map<string, number>();
  #problems = new Map<string, SourceProblem[]>();

  constructor(source: Pick<MergedSource, "statuses">, node: string | undefined) {
    this.#statuses = () => source.statuses();
    this.#node = node;
  }

  /** Takes note of a snapshot that is served, and of all that was found wrong in it. */
  serve(snapshot: MergedSnapshot, problems: readonly SourceProblem[]): void {
    const names = this.#statuses().map(({ name }) => name);
    this.#files = new Map();
    for (const name of snapshot.sources.values()) {
      this.#files.set(name, (this.#files.get(name) ?? 0) + 1);
    }
    this.#problems = Map.groupBy(problems, ({ file }) => {
      const known = snapshot.sources.get(file);
      return known ?? names.find((name) => file === name || file.startsWith(`${name}//`)) ?? "";
    });
  }

  /** Takes note of whether this node is the one that reads a source. */
  lead(source: string, leading: boolean): void {
    if (leading) this.#leading.add(source);
    else this.#leading.delete(source);
  }

  /** Tells how all sources stand now, in their order. */
  read(): SourcesAnswer {
    const statuses = this.#statuses();
    const node = this.#node;
    return {
      ...node !== undefined && { node },
      sources: statuses.map((status) => ({
        ...status,
        files: this.#files.get(status.name) ?? 0,
        problems: this.#problems.get(status.name) ?? [],
        ...node !== undefined && { leading: this.#leading.has(status.name) },
      })),
      problems: this.#problems.get("") ?? [],
    };
  }
}
