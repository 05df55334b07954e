import { FetchFailure } from "../fetcher.ts";

/** Where an artifact is: a registry, a repository, and at most a tag and a digest. */
export interface OciReference {
  /** Host with its port, where it has one. */
  registry: string;
  /** Such as `team/flows`. */
  repository: string;
  tag?: string;
  /** Such as `sha256:…`. */
  digest?: string;
}

/** Names as the distribution specification has them (its "Pulling manifests"). */
const REPOSITORY =
  /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

/**
 * Reads `oci://host[:port]/repository[:tag][@sha256:…]`.
 *
 * @throws {FetchFailure} InvalidContent, saying what it should be like.
 */
export function parseOciReference(url: string): OciReference {
  const refuse = (why: string) =>
    new FetchFailure(
      "InvalidContent",
      `Cannot use ${JSON.stringify(url.replace(/\/\/.*@(?!sha256:)/, "//***@"))}: ${why}, ` +
        'should be like "oci://registry.example/team/flows:v1"',
    );
  const rest = /^oci:\/\/(.+)$/.exec(url)?.[1];
  if (rest === undefined) throw refuse("it does not begin with oci://");
  const slash = rest.indexOf("/");
  if (slash < 0) throw refuse("it has a registry or a repository, not both");
  const registry = rest.slice(0, slash);
  if (slash < 1 || !/^[\w.-]+(?::\d{1,5})?$|^\[[\da-fA-F:]+\](?::\d{1,5})?$/.test(registry)) {
    throw refuse("it has no registry's host");
  }
  const [named, digest, ...more] = rest.slice(slash + 1).split("@");
  const colon = named!.lastIndexOf(":");
  const repository = colon < 0 ? named! : named!.slice(0, colon);
  const tag = colon < 0 ? undefined : named!.slice(colon + 1);
  if (!REPOSITORY.test(repository) || repository.length > 255) {
    throw refuse(`its repository is "${repository.slice(0, 80)}"`);
  }
  if (tag !== undefined && !isTag(tag)) throw refuse(`its tag is "${tag.slice(0, 80)}"`);
  if (more.length > 0 || digest !== undefined && !isDigest(digest)) {
    throw refuse(`its digest is "${(digest ?? "").slice(0, 80)}"`);
  }
  return {
    registry,
    repository,
    ...tag !== undefined && { tag },
    ...digest !== undefined && { digest },
  };
}

/** Tells whether a text may be a tag. */
export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Tells whether a text is a digest of the one algorithm that is verified here, SHA-256. */
export function isDigest(text: string): boolean {
  return DIGEST.test(text);
}
