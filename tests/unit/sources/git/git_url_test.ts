import assert from "assert";
import { isGitUrl } from "../../../../shared/sources/git/is_git_url.ts";
import { parseGitUrl } from "../../../../shared/sources/git/git_url.ts";
import { gitSourceOptions } from "../../../../shared/sources/git/git_source_options.ts";
import { structuralSchema } from "../../../../shared/api/structural_schema.ts";

Deno.test("a PATH is a Git repository by its scheme", () => {
  assert.ok(isGitUrl("git+https://host/flows.git"));
  assert.ok(isGitUrl("git+http://localhost/flows.git"));
  for (const path of ["https://host/flows.git", "git", "git+ssh://host/flows.git", "./git+https"]) {
    assert.ok(!isGitUrl(path), path);
  }
});

const BASE = "git+https://git.example/team/flows.git";

Deno.test("the query says which commit, which folder and how often", () => {
  const commit = "1".repeat(40);
  const cases = [
    ["", undefined, undefined],
    ["?ref=main", { name: "main" }, undefined],
    ["?ref=feature%2Fa&path=flows/prod", { name: "feature/a" }, "flows/prod"],
    [`?ref=${commit}`, { commit }, undefined],
    ["?branch=main", { branch: "main" }, undefined],
    ["?tag=v1", { tag: "v1" }, undefined],
    ["?semver=%3E%3D1.2%20%3C2", { semver: ">=1.2 <2" }, undefined],
    [`?commit=${commit}`, { commit }, undefined],
  ] as const;
  for (const [query, ref, path] of cases) {
    const options = parseGitUrl(BASE + query);
    assert.deepEqual([options.url, options.ref, options.path], [BASE.slice(4), ref, path], query);
  }
  const { interval, timeout, maxBytes } = parseGitUrl(`${BASE}?interval=5s`);
  assert.deepEqual([interval, timeout, maxBytes], ["5s", "1m", 104_857_600]);
});

Deno.test("what cannot be used is refused in words, without credentials", () => {
  const cases = [
    ["?rev=main", 'it has the unknown setting "rev" (did you mean "ref"?)'],
    ["?ref=a&ref=b", 'it has "ref" twice'],
    [
      "?tag=v1&branch=main",
      "ref has more than one of branch, tag, semver, commit and name, should have one",
    ],
    ["?branch=a%0Ab", "ref.branch should be the name of a branch or tag"],
    ["?commit=abc", "ref.commit should be a commit's 40 hex digits"],
    ["?semver=one", 'ref.semver should be a range of versions, such as ">=1.2 <2"'],
    [
      "?interval=soon",
      'interval is "soon", should be a duration with a unit, such as "30s" or "5m"',
    ],
    ["?interval=1ms", "interval should be from 1s to 24h"],
  ];
  for (const [query, message] of cases) {
    const expected = `Cannot use "${BASE}": ${message}`;
    assert.throws(() => parseGitUrl(BASE + query), { message: expected });
  }
  assert.throws(
    () => parseGitUrl("git+https://ann:s3cret@git.example/flows.git"),
    (error: Error) => /GENKITD_GIT_TOKEN/.test(error.message) && !/s3cret/.test(error.message),
  );
});

Deno.test("the options can be a CustomResourceDefinition's, with the same rules", () => {
  const text = JSON.stringify(structuralSchema(gitSourceOptions));
  assert.match(text, /has more than one of branch, tag, semver, commit and name/);
  assert.match(text, /duration\(self\) >= duration\('1s'\)/);
});
