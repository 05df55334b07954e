import { dirname } from "node:path";
import type { Clock } from "../clock.ts";
import { debounce, type DebounceTimes } from "./debounce.ts";
import { isObjectFile } from "./walk_folder.ts";

/** Tells when something has changed in a set of folders, which may be exchanged on the way. */
export interface FolderWatch extends Disposable {
  /**
   * Watches these from now on, and nothing else: what happens in `folders` (not in the folders
   * inside them), and to `entries`. All are absolute paths. Gives whether that is a new set, or one
   * of which a folder was replaced: then look, and cover, again.
   *
   * @throws {Deno.errors.NotFound} where a folder has gone meanwhile.
   */
  cover(folders: ReadonlySet<string>, entries: ReadonlySet<string>): boolean;
  /**
   * Waits for a change since the last call to be over. Gives false once the watch is closed.
   *
   * @throws {Error} where the system gives up watching.
   */
  changed(): Promise<boolean>;
}

/** Options of {@linkcode watchFolders}. */
export interface FolderWatchOptions {
  times: DebounceTimes;
  clock: Clock;
  /** `Deno.watchFs`, or a test's own. */
  watchFs: (paths: string[], options: { recursive: boolean }) => Deno.FsWatcher;
}

/** Makes a watch that covers nothing yet. */
export function watchFolders({ times, clock, watchFs }: FolderWatchOptions): FolderWatch {
  let watcher: Deno.FsWatcher | undefined;
  let covered = "";
  let next = Promise.withResolvers<boolean>();
  // A failure may come while nobody waits; changed() will tell it.
  next.promise.catch(() => {});
  const burst = debounce(times, clock, () => next.resolve(true));
  /** Whether a folder that is watched was moved, removed or made anew. */
  let replaced = false;

  const pump = async (
    events: Deno.FsWatcher,
    folders: ReadonlySet<string>,
    entries: ReadonlySet<string>,
  ) => {
    try {
      for await (const event of events) {
        const whole = event.kind !== "modify" && event.kind !== "access";
        if (whole && event.paths.some((path) => folders.has(path))) replaced = true;
        if (concerns(event, folders, entries)) burst.event();
      }
    } catch (error) {
      if (!isUnspeakable(error)) return next.reject(error);
      // What else has changed is found by a look, and from then on by a new watcher.
      replaced = true;
      burst.event();
    }
  };
  return {
    cover(folders, entries) {
      if (replaced && watcher !== undefined) {
        // The system watches a folder, not its path, where there may be another one by now. Deno asks
        // it anew only when no watcher has that path any more, which takes a turn of the event loop.
        watcher.close();
        [watcher, covered, replaced] = [undefined, "", false];
        // Whoever does not cover again at once does so when this is over.
        burst.event();
        return true;
      }
      const watched = [...new Set([...folders, ...[...entries].map((path) => dirname(path))])];
      const key = JSON.stringify([watched.sort(), [...entries].sort()]);
      if (key === covered) return false;
      const fresh = watchFs(watched, { recursive: false });
      watcher?.close();
      watcher = fresh;
      covered = key;
      pump(fresh, folders, entries);
      return true;
    },
    async changed() {
      const result = await next.promise;
      if (result) next = Promise.withResolvers();
      return result;
    },
    [Symbol.dispose]() {
      burst.cancel();
      watcher?.close();
      next.resolve(false);
    },
  };
}

/** Deno's watchers end where they would have to tell of a name that is not UTF-8. */
function isUnspeakable(error: unknown): boolean {
  return error instanceof TypeError && error.message.includes("invalid UTF-8");
}

/** An entry is watched through its folder, whose other files do not matter. */
function concerns(
  { kind, paths }: Deno.FsEvent,
  folders: ReadonlySet<string>,
  entries: ReadonlySet<string>,
): boolean {
  if (kind === "access") return false;
  // No path: the system lost events.
  if (paths.length === 0) return true;
  return paths.some((path) => {
    if (entries.has(path) || folders.has(path)) return true;
    if (!folders.has(dirname(path))) return false;
    // Writing to other files, such as logs, is no change; a new name may be that of a folder.
    return kind !== "modify" || isObjectFile(path);
  });
}
