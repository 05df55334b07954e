import { type Clock, systemClock } from "../clock.ts";
import { contentHash } from "../content_hash.ts";
import { type DebounceTimes } from "./debounce.ts";
import { expandPaths, type Expansion, STDIN } from "./expand_paths.ts";
import { fileProblem } from "./file_problem.ts";
import { type FolderWatch, type FolderWatchOptions, watchFolders } from "./folder_watch.ts";
import { readText } from "./read_text.ts";
import { resourceFilter } from "./resource_files.ts";
import type { Snapshot, Source, SourceStatus } from "./source.ts";
import type { SourceProblem } from "./source_problem.ts";

/** The most files of one source. */
const MAX_FILES = 10_000;
/** How often files may change under the reader's hands before it takes what it has. */
const MAX_ATTEMPTS = 5;

/** Options of {@linkcode filesystemSource}. */
export interface FilesystemOptions {
  /** Files, folders, globs, or `-` for standard input, which is read once. */
  paths: readonly string[];
  /** Give a new snapshot whenever the files change. Default true. */
  watch?: boolean;
  /** When a burst of changes counts as over. Default 100 ms of quiet, 1 s at most. */
  debounce?: DebounceTimes;
  /** The most files that are read. Default 10,000. */
  maxFiles?: number;
  /** Which files in folders are resources, besides prompts: globs of paths from the folder named. */
  resources?: readonly string[] | undefined;
  stdin?: ReadableStream<Uint8Array>;
  clock?: Clock;
  watchFs?: FolderWatchOptions["watchFs"];
  /** What the source is called. Default `filesystem`. */
  name?: string;
  /** The wall clock. */
  date?: () => Date;
}

/** Makes a source of the files at `paths`. */
export function filesystemSource(options: FilesystemOptions): Source {
  const { name = "filesystem", date = () => new Date() } = options;
  const status: SourceStatus = { name };
  return {
    name,
    status: () => ({ ...status }),
    async *snapshots(signal) {
      for await (const snapshot of snapshots(options, signal)) {
        status.revision = snapshot.revision;
        const [problem] = snapshot.problems;
        if (problem === undefined) delete status.lastError;
        else status.lastError = { at: date(), message: `${problem.file}: ${problem.message}` };
        if (problem === undefined) status.lastSuccess = date();
        yield snapshot;
      }
    },
  };
}

async function* snapshots(
  options: FilesystemOptions,
  signal: AbortSignal,
): AsyncGenerator<Snapshot> {
  const { watch = true, debounce = { quiet: 100, ceiling: 1000 }, clock = systemClock } = options;
  if (signal.aborted) return;
  using folders = watchFolders({
    times: debounce,
    clock,
    watchFs: options.watchFs ?? Deno.watchFs,
  });
  const stop = () => folders[Symbol.dispose]();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const read = snapshotReader(options, signal, watch ? folders : undefined);
    let last = "";
    do {
      const { snapshot, unusable } = await read();
      if (last === "" && unusable.length > 0) {
        throw new Error(unusable.map(({ message }) => message).join("\n"));
      }
      if (signal.aborted) return;
      const now = JSON.stringify([snapshot.revision, snapshot.problems]);
      if (now !== last) yield snapshot;
      last = now;
    } while (watch && !onlyStreams(options.paths) && await folders.changed());
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function onlyStreams(paths: readonly string[]): boolean {
  return paths.every((path) => path === "-");
}

interface Reading {
  snapshot: Snapshot;
  /** PATHs that name nothing; among the snapshot's problems too. */
  unusable: SourceProblem[];
}

/** Gives a function that reads all files, and streams on its first call only. */
function snapshotReader(
  options: FilesystemOptions,
  signal: AbortSignal,
  watch: FolderWatch | undefined,
) {
  const isResource = resourceFilter(options.resources);
  const streams = new Map<string, Promise<string>>();
  let last: Snapshot | undefined;
  const open = async (path: string) => (await Deno.open(path)).readable;
  const readFile = async (path: string) => await readText(await open(path));
  const readStream = async (path: string) => {
    const stream = path === STDIN ? options.stdin ?? Deno.stdin.readable : await open(path);
    // Whoever has to type the input may give up instead.
    return await readText(stream.pipeThrough(new TransformStream(), { signal }));
  };
  const readOnce = (path: string) => {
    const text = streams.get(path) ?? readStream(path);
    streams.set(path, text);
    return text;
  };

  return async (): Promise<Reading> => {
    for (let attempt = 1;; attempt++) {
      const found = await expandPaths(options.paths, options.maxFiles ?? MAX_FILES, isResource);
      const settled = watch === undefined || !cover(watch, found);
      // A folder that was not watched while it was listed may hold more by now.
      if (!settled && attempt < MAX_ATTEMPTS) continue;
      const texts: [string, string][] = [];
      const problems = [...found.unusable, ...found.problems];
      let vanished = false;
      for (const path of [...found.files, ...found.streams]) {
        try {
          const read = found.streams.includes(path) ? readOnce : readFile;
          texts.push([path, await read(path)]);
        } catch (error) {
          vanished ||= error instanceof Deno.errors.NotFound;
          problems.push(fileProblem(path, error));
        }
      }
      if (vanished && attempt < MAX_ATTEMPTS) continue;
      const read = new Set(texts.map(([path]) => path));
      for (const [path, text] of last?.files ?? []) {
        if (read.has(path) || !found.lost.some((lost) => isWithin(path, lost))) continue;
        texts.push([path, text]);
        if (last?.resources?.has(path)) found.resources.add(path);
      }
      const files = new Map(texts.sort(([a], [b]) => a < b ? -1 : 1));
      const resources = new Set([...found.resources].filter((path) => files.has(path)));
      const more = resources.size > 0 && { resources };
      last = { revision: await contentHash(files), files, ...more, problems };
      return { snapshot: last, unusable: found.unusable };
    }
  };
}

/** Tells whether a path is `folder` itself or is inside it. */
function isWithin(path: string, folder: string): boolean {
  return folder === "." || path === folder || path.startsWith(folder.replace(/\/*$/, "/"));
}

/** Watches what was found; gives whether that is more or less than before. */
function cover(watch: FolderWatch, found: Expansion): boolean {
  try {
    return watch.cover(found.folders, found.entries);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot watch ${found.folders.size} folders for changes: ${reason}`, {
      cause: error,
    });
  }
}
