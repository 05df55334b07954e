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
  ] as const
) {
  Deno.test(`the highest version in ${range} is ${highest}`, () => {
    assert.equal(highestVersion(range, TAGS), highest);
  });
}

Deno.test("a range is told from what is none", () => {
  assert.ok(isVersionRange(">=1.2 <2 || 3.x"));
  assert.ok(!isVersionRange("one"));
});
