import {
  type GitSourceInput,
  type GitSourceOptions,
  gitSourceOptions,
} from "./git_source_options.ts";
import { suggestion } from "../../nearest.ts";

const PREFIX = /^git\+(https?:\/\/)/i;
const KEYS = ["ref", "branch", "tag", "semver", "commit", "path", "interval", "timeout"];

/**
 * Reads `git+https://host/repo.git?ref=main&path=flows`. Beside `ref` (a branch, a tag or a commit)
 * and `path` it takes `branch`, `tag`, `semver`, `commit`, `interval` and `timeout`.
 *
 * @throws {Error} where it is none; the message holds no credentials.
 */
export function parseGitUrl(text: string): GitSourceOptions {
  const address = text.replace(PREFIX, "$1");
  const shown = shownUrl(address);
  const refuse = (fault: string) => new Error(`Cannot use "git+${shown}": ${fault}`);
  if (!URL.canParse(address)) throw refuse("it is no URL");
  const url = new URL(address);
  if (url.username !== "" || url.password !== "") {
    throw refuse(
      "it holds a user name or password, which belong in the environment: " +
        "GENKITD_GIT_USERNAME, GENKITD_GIT_PASSWORD or GENKITD_GIT_TOKEN",
    );
  }
  const given = new Map<string, string>();
  for (const [key, value] of url.searchParams) {
    if (!KEYS.includes(key)) {
      throw refuse(`it has the unknown setting "${key}"${suggestion(key, KEYS)}`);
    }
    if (given.has(key)) throw refuse(`it has "${key}" twice`);
    given.set(key, value);
  }
  const ref: Record<string, string> = {};
  for (const key of ["branch", "tag", "semver", "commit"]) {
    if (given.has(key)) ref[key] = given.get(key)!;
  }
  const name = given.get("ref");
  if (name !== undefined) ref[/^[0-9a-f]{40}$/.test(name) ? "commit" : "name"] = name;
  const input: Record<string, unknown> = { url: shown };
  if (Object.keys(ref).length > 0) input.ref = ref;
  for (const key of ["path", "interval", "timeout"]) {
    if (given.has(key)) input[key] = given.get(key);
  }
  const parsed = gitSourceOptions.safeParse(input satisfies Partial<GitSourceInput>);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue!.path.join(".")} ${issue!.message}`);
}

/** An address as messages show it: without credentials, query and fragment. */
export function shownUrl(address: string): string {
  if (!URL.canParse(address)) return address.replace(/[^/]*@/, "");
  const url = new URL(address);
  [url.username, url.password, url.search, url.hash] = ["", "", "", ""];
  return url.href;
}
