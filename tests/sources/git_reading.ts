import assert from "assert";
import type { FetchFailure } from "../../shared/sources/fetcher.ts";
import { GitFetcher } from "../../shared/sources/git/git_fetcher.ts";
import {
  type GitAccess,
  type GitSourceInput,
  gitSourceOptions,
} from "../../shared/sources/git/git_source_options.ts";
import type { Snapshot } from "../../shared/sources/source.ts";
import { type GitRepository, gitRepository } from "./git_repository.ts";
import { type GitServer, gitServer, type GitServerBehaviour } from "./git_server.ts";
import type { Certificate } from "./private_authority.ts";

/** What a reading of a test is stopped by. */
export const never: AbortSignal = new AbortController().signal;

/** Makes a fetcher, with defaults for what is not given. */
export function fetcher(input: GitSourceInput, access?: () => GitAccess): GitFetcher {
  return new GitFetcher({ git: gitSourceOptions.parse(input), ...access && { access } });
}

/** Reads a repository for the first time. */
export async function read(input: GitSourceInput, access?: () => GitAccess): Promise<Snapshot> {
  const snapshot = await fetcher(input, access).fetch(never);
  assert(snapshot !== undefined, "a first reading gives a snapshot");
  return snapshot;
}

/** Reads a repository that cannot be read, and gives why. */
export async function failure(reading: Promise<unknown>): Promise<FetchFailure> {
  const error = await reading.then(() => undefined, (error) => error);
  assert.equal(error?.name, "FetchFailure", `the reading should fail, not give ${error}`);
  return error;
}

/** A repository and its server; both end with the test. */
export async function served(
  options: GitServerBehaviour & { certificate?: Certificate } = {},
): Promise<{ repository: GitRepository; server: GitServer } & AsyncDisposable> {
  const repository = await gitRepository();
  const server = await gitServer(repository.folder, options);
  return {
    repository,
    server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await repository[Symbol.asyncDispose]();
    },
  };
}
