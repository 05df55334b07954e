import { nearest } from "../../nearest.ts";
import { FetchFailure } from "../fetcher.ts";
import { highestVersion } from "../highest_version.ts";
import type { GitRef } from "./git_source_options.ts";
import type { RemoteRefs } from "./remote_refs.ts";

/** A commit, and what it was found by. */
export interface SelectedRef {
  /** The branch or tag by its short name, or another reference by its full one; empty for a commit. */
  name: string;
  /** The commit's id. */
  oid: string;
}

const HEADS = "refs/heads/";
const TAGS = "refs/tags/";

/** Gives what the names of those references begin with that decide a `ref`. */
export function refPrefixes(ref: GitRef): string[] {
  if (ref.branch !== undefined) return [HEADS + ref.branch];
  if (ref.tag !== undefined) return [TAGS + ref.tag];
  if (ref.semver !== undefined) return [TAGS];
  if (ref.name === undefined) return [];
  return ref.name.startsWith("refs/") ? [ref.name] : [HEADS + ref.name, TAGS + ref.name];
}

/** Finds the commit of a `ref`, which names none itself; undefined where there is none. */
export function selectRef(ref: GitRef, { oids, head }: RemoteRefs): SelectedRef | undefined {
  const at = (full: string, name: string) => {
    const oid = oids.get(full);
    return oid === undefined ? undefined : { name, oid };
  };
  if (ref.branch !== undefined) return at(HEADS + ref.branch, ref.branch);
  if (ref.tag !== undefined) return at(TAGS + ref.tag, ref.tag);
  if (ref.semver !== undefined) {
    const tag = highestVersion(ref.semver, shortNames(oids, TAGS));
    return tag === undefined ? undefined : at(TAGS + tag, tag);
  }
  if (ref.name === undefined) return at("HEAD", head?.replace(HEADS, "") ?? "HEAD");
  if (ref.name.startsWith("refs/")) return at(ref.name, ref.name);
  const branch = at(HEADS + ref.name, ref.name);
  const tag = at(TAGS + ref.name, ref.name);
  if (branch !== undefined && tag !== undefined && branch.oid !== tag.oid) {
    const message = `"${ref.name}" is a branch and a tag; name it as one: branch or tag`;
    throw new FetchFailure("NotFound", message);
  }
  return branch ?? tag;
}

/** Says that there is no such reference, with those that were perhaps meant, out of `all`. */
export function missingRef(ref: GitRef, all: RemoteRefs): FetchFailure {
  const branches = shortNames(all.oids, HEADS);
  const tags = shortNames(all.oids, TAGS);
  const fail = (message: string) => new FetchFailure("NotFound", message);
  if (branches.length + tags.length === 0) return fail("the repository is empty");
  const { branch, tag, semver, name } = ref;
  if (branch !== undefined) {
    return fail(`there is no branch "${branch}"${instead(branch, branches, "branches")}`);
  }
  if (tag !== undefined) return fail(`there is no tag "${tag}"${instead(tag, tags, "tags")}`);
  if (semver !== undefined) {
    return fail(`there is no tag of a version in "${semver}"${few(tags, "tags")}`);
  }
  if (name !== undefined) {
    const both = [...branches, ...tags];
    return fail(`there is no branch or tag "${name}"${instead(name, both, "branches and tags")}`);
  }
  return fail(`it has no default branch${few(branches, "branches")}`);
}

function shortNames(oids: ReadonlyMap<string, string>, prefix: string): string[] {
  return [...oids.keys()].filter((name) => name.startsWith(prefix))
    .map((name) => name.slice(prefix.length));
}

function instead(name: string, names: readonly string[], what: string): string {
  const near = nearest(name, names);
  return near === undefined ? few(names, what) : ` (did you mean "${near}"?)`;
}

function few(names: readonly string[], what: string): string {
  if (names.length === 0) return `; there are no ${what}`;
  const more = names.length > 5 ? ` and ${names.length - 5} more` : "";
  return `; the ${what} are ${names.slice(0, 5).map((name) => `"${name}"`).join(", ")}${more}`;
}
