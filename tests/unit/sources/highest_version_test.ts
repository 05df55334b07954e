import assert from "assert";
import { highestVersion, isVersionRange } from "../../../shared/sources/highest_version.ts";

const TAGS = ["v1.9.0", "1.10.0", "v2.0.0-rc.1", "latest", "v1", "release-3.0.0", "0.9.9"];

for (
  const [range, highest] of [
    [">=1.0", "1.10.0"],
    ["~1.9", "v1.9.0"],
    ["<1", "0.9.9"],
    ["*", "1.10.0"],
    [">=2.0.0-0", "v2.0.0-rc.1"],
    [">=3", undefined],
    [">=1.0.0-0", "v2.0.0-rc.1"],
    [">=1.0.0-0 <2", "1.10.0"],
    [">=1.0.0-0 <2.0.0", "1.10.0"],
    ["<1 || >=1.5.0-0", "v2.0.0-rc.1"],
    ["<=2.0.0-rc.1", "v2.0.0-rc.1"],
    ["1.0.0 - 3.0.0", "1.10.0"],
  ] as const
) {
  Deno.test(`the highest version in ${range} is ${highest}`, () => {
    assert.equal(highestVersion(range, TAGS), highest);
  });
}

Deno.test("an OCI tag has _ where a version has +", () => {
  assert.equal(highestVersion("1.x", ["1.0.0", "1.1.0_build.5"]), "1.1.0_build.5");
});

Deno.test("a range is told from what is none", () => {
  assert.ok(isVersionRange(">=1.2 <2 || 3.x"));
  assert.ok(!isVersionRange("one"));
});
