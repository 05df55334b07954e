import semver from "semver";

/**
 * Gives the tag of the highest version in a range, such as `v1.4.0` for `>=1.2 <2`; undefined where
 * none is in it. Tags that are no versions are passed over, a `v` before one is not. Pre-releases
 * are only taken where the range names one, as npm has it.
 */
export function highestVersion(range: string, tags: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const tag of tags) {
    const version = versionOf(tag);
    if (version === undefined || !semver.satisfies(version, range)) continue;
    if (best === undefined || semver.gt(version, versionOf(best)!)) best = tag;
  }
  return best;
}

/** Tells whether a text is a range of versions. */
export function isVersionRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

function versionOf(tag: string): string | undefined {
  return semver.valid(tag) ?? undefined;
}
