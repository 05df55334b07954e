import { serveSources } from "../runner/serve_sources.ts";
import type { MergedSnapshot } from "../shared/sources/merge_snapshots.ts";
import { ExitError } from "./exit_error.ts";

/** What PATHs may be, for the help of a command. */
export const PATHS_HELP =
  "a file, a folder, a glob in quotes, - for standard input, a Git repository, an OCI artifact";

/**
 * Reads the files of PATHs once.
 *
 * @param resources Which of them are resources, besides prompts: globs from each PATH.
 *
 * @throws {ExitError} of code 2 where a PATH cannot be read at all.
 */
export async function readFiles(
  paths: readonly string[],
  resources: readonly string[] = [],
): Promise<MergedSnapshot> {
  const stop = new AbortController();
  try {
    const source = await serveSources({
      paths,
      watch: false,
      resources,
      sources: [],
      references: {
        environment: (key) => Deno.env.get(key),
        readFile: (path) => Deno.readTextFileSync(path),
      },
      remote: (_name, make) => make({ watch: false, firstFailure: "throw", observe: () => {} }),
    });
    for await (const snapshot of source.snapshots(stop.signal)) return snapshot;
  } catch (cause) {
    throw new ExitError(2, (cause as Error).message, { cause });
  } finally {
    stop.abort();
  }
  throw new ExitError(2, `Cannot read ${paths.join(", ")}: there is nothing to read`);
}
