import { filesystemSource } from "../shared/sources/filesystem.ts";
import type { GitAccess } from "../shared/sources/git/git_source_options.ts";
import { isGitUrl } from "../shared/sources/git/is_git_url.ts";
import { isOciUrl } from "../shared/sources/oci/is_oci_url.ts";
import {
  type MergedSource,
  mergeSources,
  type SourceEntry,
} from "../shared/sources/merge_sources.ts";
import { ociEntries } from "./oci_sources.ts";
import { configuredSources } from "./config/configured_sources.ts";
import type { SourceConfig } from "./config/source_config.ts";
import type { ReferenceReader } from "./config/text_reference.ts";
import type { OpenRemote } from "./remote_sources.ts";

/** Options of {@linkcode serveSources}. */
export interface ServeSourcesOptions {
  /** Files, folders, globs, `-` for standard input, Git repositories as `git+https://…`, `oci://…`. */
  paths: readonly string[];
  /** Which files are resources, besides prompts: globs of paths from each source's root. */
  resources?: readonly string[] | undefined;
  /** Follow changes. */
  watch: boolean;
  /** Sources of a configuration; the PATHs go before them. */
  sources: readonly SourceConfig[];
  references: ReferenceReader;
  remote: OpenRemote;
}

/**
 * Makes one source of the PATHs of a command line and the sources of a configuration. Credentials of
 * PATHs come from the environment: for Git GENKITD_GIT_USERNAME, GENKITD_GIT_PASSWORD,
 * GENKITD_GIT_TOKEN, and GENKITD_GIT_CA_FILE; for those of OCI see {@linkcode ociEntries}.
 *
 * @throws {Error} where a PATH cannot be understood.
 */
export async function serveSources(options: ServeSourcesOptions): Promise<MergedSource> {
  const { paths, watch, resources, sources, references: { environment } } = options;
  const configured = await configuredSources(sources, options);
  const entries: SourceEntry[] = [];
  const local = paths.filter((path) => !isGitUrl(path) && !isOciUrl(path));
  if (local.length > 0) {
    const taken = configured.some(({ source }) => source.name === "filesystem");
    // Who takes the last file out of a folder means it.
    entries.push({
      source: filesystemSource({
        paths: local,
        watch,
        resources,
        ...taken && { name: "arguments" },
      }),
      local: true,
      allowEmpty: true,
    });
  }
  entries.push(...await remoteEntries(paths, options));
  if (hasCredentials(environment)) onlyOneHost(paths.filter(isGitUrl));
  return mergeSources([...entries, ...configured]);
}

/** The sources that are asked, in the order in which they were named. */
async function remoteEntries(
  paths: readonly string[],
  options: ServeSourcesOptions,
): Promise<SourceEntry[]> {
  const urls = [...new Set(paths)];
  const [git, oci] = [urls.filter(isGitUrl), urls.filter(isOciUrl)];
  const entries = [...await gitEntries(git, options), ...await ociEntries(oci, options)];
  const named = [...git, ...oci].map((url, index) => ({ url, entry: entries[index]! }));
  return named.sort((a, b) => urls.indexOf(a.url) - urls.indexOf(b.url)).map(({ entry }) => entry);
}

/** Git's code is loaded only where it is asked for. */
async function gitEntries(
  urls: readonly string[],
  { references: { environment }, remote, resources = [] }: ServeSourcesOptions,
): Promise<SourceEntry[]> {
  if (urls.length === 0) return [];
  const { parseGitUrl } = await import("../shared/sources/git/git_url.ts");
  const { gitSource } = await import("../shared/sources/git/git_source.ts");
  const parsed = [...new Set(urls)].map((url) => ({
    git: { ...parseGitUrl(url), resources: [...resources] },
    query: query(url),
  }));
  return parsed.map(({ git, query }) => {
    const alone = parsed.filter((other) => other.git.url === git.url).length === 1;
    const name = alone ? git.url : git.url + query;
    const make: Parameters<OpenRemote>[1] = (settings) =>
      gitSource({ ...settings, name, git, access: () => access(environment) });
    return { source: remote(name, make) };
  });
}

function query(url: string): string {
  return URL.canParse(url) ? new URL(url).search : "";
}

function hasCredentials(environment: ReferenceReader["environment"]): boolean {
  return ["GENKITD_GIT_PASSWORD", "GENKITD_GIT_TOKEN"].some((key) => environment(key));
}

/** Else one host would get what is meant for another. */
function onlyOneHost(urls: readonly string[]) {
  const hosts = [...new Set(urls.map((url) => new URL(url).host))];
  if (hosts.length <= 1) return;
  throw new Error(
    `Cannot send the credentials of GENKITD_GIT_TOKEN or GENKITD_GIT_PASSWORD to ${hosts.length} ` +
      `hosts (${hosts.join(", ")}): it should be one`,
  );
}

async function access(environment: ReferenceReader["environment"]): Promise<GitAccess> {
  const variables = {
    username: environment("GENKITD_GIT_USERNAME"),
    password: environment("GENKITD_GIT_PASSWORD"),
    token: environment("GENKITD_GIT_TOKEN"),
  };
  const file = environment("GENKITD_GIT_CA_FILE");
  const given = Object.entries(variables).filter(([, value]) => value);
  return { ...Object.fromEntries(given), ...file && { ca: await readCa(file) } };
}

async function readCa(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read GENKITD_GIT_CA_FILE "${file}": ${reason}`, { cause });
  }
}
