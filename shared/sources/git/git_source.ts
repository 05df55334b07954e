import { readDuration } from "../../read_duration.ts";
import { type PollingOptions, pollingSource } from "../polling_source.ts";
import type { Source } from "../source.ts";
import { GitFetcher, type GitFetcherOptions } from "./git_fetcher.ts";

/** Options of {@linkcode gitSource}. */
export interface GitSourceSettings
  extends GitFetcherOptions, Omit<PollingOptions, "fetcher" | "interval" | "timeout"> {}

/** Makes a source of a Git repository. */
export function gitSource(settings: GitSourceSettings): Source {
  const { git } = settings;
  return pollingSource({
    ...settings,
    fetcher: new GitFetcher(settings),
    interval: readDuration(git.interval)!,
    timeout: readDuration(git.timeout)!,
  });
}
