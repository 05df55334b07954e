import semver from "semver";

/**
 * Gives the tag of the highest version in a range, such as `v1.4.0` for `>=1.2 <2`; undefined where
 * none is in it. Tags that are no versions are passed over, a `v` before one is not. Pre-releases
 * are only taken where the range names one, and then those of all versions in it, as Masterminds'
 * semver has it, which Flux and Helm use: with `>=1.0.0-0` all are. An OCI tag has `_` where the
 * version has `+`, as `helm push` makes it.
 */
export function highestVersion(range: string, tags: Iterable<string>): string | undefined {
  let best: string | undefined;
  for (const tag of tags) {
    const version = versionOf(tag);
    if (version === undefined || !isIn(range, version)) continue;
    if (best === undefined || semver.gt(version, versionOf(best)!)) best = tag;
  }
  return best;
}

/** Tells whether a text is a range of versions. */
export function isVersionRange(text: string): boolean {
  return semver.validRange(text) !== null;
}

function isIn(range: string, version: string): boolean {
  if (semver.satisfies(version, range)) return true;
  // That 2.0.0-rc.1 comes before 2.0.0 does not make it one of `<2.0.0`.
  const release = version.replace(/[-+].*$/, "");
  return range.split("||").some((part) =>
    /\d-[0-9A-Za-z]/.test(part) && semver.satisfies(release, part) &&
    semver.satisfies(version, part, { includePrerelease: true })
  );
}

function versionOf(tag: string): string | undefined {
  return semver.valid(tag.replace("_", "+")) ?? undefined;
}
