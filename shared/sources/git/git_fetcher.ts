import { type Fetcher, FetchFailure } from "../fetcher.ts";
import { resourceFilter, resourcesOf } from "../resource_files.ts";
import type { Snapshot } from "../source.ts";
import { fetchPack } from "./fetch_pack.ts";
import { GitHttp } from "./git_http.ts";
import { type GitObject, treeOf } from "./git_object.ts";
import type { GitAccess, GitSourceOptions } from "./git_source_options.ts";
import { listFiles } from "./list_files.ts";
import { readFiles } from "./read_files.ts";
import { shownUrl } from "./git_url.ts";
import { readPack } from "./read_pack.ts";
import { discoverServer, type GitServer, listRefs } from "./remote_refs.ts";
import { missingRef, refPrefixes, type SelectedRef, selectRef } from "./select_ref.ts";
import { verifyCommit } from "./verify_commit.ts";

/** Options of {@linkcode GitFetcher}. */
export interface GitFetcherOptions {
  git: GitSourceOptions;
  /** Gives the credentials of now; called once for each reading. */
  access?(): GitAccess | Promise<GitAccess>;
  /** The time, in milliseconds since 1970; by default that of this machine. */
  now?(): number;
}

/** How often files may be asked for: for links, what they lead to, and that again. */
const MAX_ROUNDS = 8;
/** What will not be otherwise when the same commit is read again. */
const FINAL: readonly string[] = ["TooLarge", "VerificationFailed"];

/** Everything that one reading of a repository works with. */
interface Reading {
  http: GitHttp;
  server: GitServer;
  objects: Map<string, GitObject>;
  tooLarge: Set<string>;
  signal: AbortSignal;
}

/**
 * Reads a Git repository over smart HTTP: one request where nothing has changed; of a new commit its
 * folders, then only those files that matter and are not known yet, where the server can do that.
 * All of it is in memory; nothing is written to disk.
 */
export class GitFetcher implements Fetcher {
  readonly #options: GitFetcherOptions;
  readonly #now: () => number;
  /** The server as it was found last; forgotten after a failure. */
  #server: GitServer | undefined;
  /** Where the server's redirects led. */
  #at: string | undefined;
  #last: SelectedRef | undefined;
  /** A commit that cannot be taken, so that it is not asked for again and again. */
  #refused: { oid: string; failure: FetchFailure } | undefined;
  /** What the files of the last commit hold, by id. */
  #known = new Map<string, GitObject>();

  constructor(options: GitFetcherOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  async fetch(signal: AbortSignal): Promise<Snapshot | undefined> {
    const { git } = this.#options;
    const access = await this.#options.access?.() ?? {};
    try {
      // A commit never changes.
      if (git.ref?.commit !== undefined && this.#last !== undefined) return undefined;
      using http = new GitHttp(git, access, this.#at);
      const { server, selected } = await this.#select(http, signal);
      const { name, oid } = selected;
      if (this.#last?.oid === oid && this.#last.name === name) return undefined;
      if (this.#refused?.oid === oid) throw this.#refused.failure;
      const snapshot = await this.#read(http, server, selected, signal);
      this.#last = selected;
      return snapshot;
    } catch (error) {
      signal.throwIfAborted();
      [this.#server, this.#at] = [undefined, undefined];
      throw describe(error, access, shownUrl(git.url));
    }
  }

  /** Finds the commit: by one request, but for the first time. */
  async #select(http: GitHttp, signal: AbortSignal) {
    const ref = this.#options.git.ref ?? {};
    const known = this.#server;
    const server = known?.protocol === 2 ? known : await discoverServer(http, signal);
    [this.#server, this.#at] = [server, http.at];
    if (ref.commit !== undefined) return { server, selected: { name: "", oid: ref.commit } };
    const list = (prefixes: string[]) => server.refs ?? listRefs(http, prefixes, signal);
    const selected = selectRef(ref, await list(refPrefixes(ref)));
    if (selected !== undefined) return { server, selected };
    throw missingRef(ref, await list(["refs/heads/", "refs/tags/"]));
  }

  async #read(
    http: GitHttp,
    server: GitServer,
    selected: SelectedRef,
    signal: AbortSignal,
  ): Promise<Snapshot> {
    const { git } = this.#options;
    const objects = new Map(this.#known);
    const reading: Reading = { http, server, objects, tooLarge: new Set(), signal };
    try {
      const { oid, name } = selected;
      await this.#get(reading, [oid], true);
      const commit = objects.get(oid);
      if (commit?.type !== "commit") {
        throw new FetchFailure("InvalidContent", `the server does not send the commit ${oid}`);
      }
      if (git.verify !== undefined) {
        await verifyCommit(commit.data, oid, { ...git.verify, now: this.#now() });
      }
      const list = await this.#list(reading, treeOf(commit));
      const { files, problems } = readFiles(list.files, reading, git);
      this.#known = new Map([...list.files.values(), ...list.links].flatMap((id) => {
        const object = objects.get(id);
        return object === undefined ? [] : [[id, object] as const];
      }));
      return {
        revision: name === "" ? `sha1:${oid}` : `${name}@sha1:${oid}`,
        files,
        ...resourcesOf(files, resourceFilter(git.resources)),
        problems: [...list.problems, ...problems],
        warnings: list.warnings,
      };
    } catch (error) {
      if (error instanceof FetchFailure && FINAL.includes(error.reason)) {
        this.#refused = { oid: selected.oid, failure: error };
      }
      throw error;
    }
  }

  /** Lists the files, and gets what is needed for that and not there yet. */
  async #list(reading: Reading, root: string) {
    const { path = "", maxFiles, resources } = this.#options.git;
    const isResource = resourceFilter(resources);
    const asked = new Set<string>();
    for (let round = 0;; round++) {
      const { objects, tooLarge } = reading;
      const list = listFiles(objects, { root, path, maxFiles, isResource });
      const wanted = [...new Set([...list.missing, ...list.files.values()])]
        .filter((oid) => !objects.has(oid) && !tooLarge.has(oid) && !asked.has(oid));
      // A server that cannot leave files out has sent all of them.
      if (wanted.length > 0 && reading.server.filter && round < MAX_ROUNDS) {
        for (const oid of wanted) asked.add(oid);
        await this.#get(reading, wanted, false);
        continue;
      }
      if (list.missing.size === 0) return list;
      throw new FetchFailure("InvalidContent", "the server does not send all of the commit");
    }
  }

  async #get(reading: Reading, wants: string[], commits: boolean): Promise<void> {
    const { http, server, signal } = reading;
    const { maxBytes, maxFileBytes } = this.#options.git;
    const pack = await fetchPack(http, server, {
      wants,
      shallow: commits,
      withoutFiles: commits && server.filter,
      maxBytes,
      signal,
    });
    const content = await readPack(pack, { maxBytes, maxObjectBytes: maxFileBytes, signal });
    for (const [oid, object] of content.objects) reading.objects.set(oid, object);
    for (const oid of content.tooLarge) reading.tooLarge.add(oid);
  }
}

/** Puts the repository before what failed; credentials that a server sent back are taken out. */
function describe(error: unknown, { password, token }: GitAccess, url: string): unknown {
  if (!(error instanceof FetchFailure)) return error;
  let message = error.message;
  for (const secret of [password, token]) if (secret) message = message.replaceAll(secret, "…");
  const { reason, retryAfter, cause } = error;
  return new FetchFailure(reason, `Cannot read Git repository "${url}": ${message}`, {
    ...retryAfter !== undefined && { retryAfter },
    cause,
  });
}
