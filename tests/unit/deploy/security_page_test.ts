import assert from "assert";
import { ROOT } from "../../../tasks/checkout.ts";

const page = await Deno.readTextFile(`${ROOT}docs/security.md`);

/** The rows of the tables of claims: what holds, and the tests that show it. */
const claims = page.split("\n").filter((line) => line.startsWith("| ") && line.includes("`tests/"))
  .map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));

/** The names of a file's tests and their steps, as they stand in the source. */
function testNames(source: string): string[] {
  const calls = /(?:Deno\.test|t\.step|testIsolated)\(\s*(?:import\.meta,\s*)?(["`])(.*?)\1\s*,/gs;
  return [...source.matchAll(calls)].map(([, , name]) => name!);
}

Deno.test("each claim of docs/security.md names tests that are there", async (t) => {
  assert.ok(claims.length > 40);
  for (const [claim, shownBy = "", ...more] of claims) {
    await t.step(claim!, async () => {
      assert.deepEqual(more, []);
      for (const test of shownBy.split("<br>")) {
        const [, path, name] = test.match(/^`(tests\/[\w/]+_test\.ts)`: (.+)$/) ?? [];
        assert.ok(path && name, `"${test}" should be \`tests/…_test.ts\`: the test's name`);
        const names = testNames(await Deno.readTextFile(ROOT + path));
        assert.ok(names.some((known) => known.includes(name)), `${path} has no test "${name}"`);
      }
    });
  }
});

Deno.test("each table of claims names tests in each row", () => {
  const tables = page.split("\n\n").filter((block) => block.startsWith("| what holds"));
  const rows = tables.flatMap((table) => table.trim().split("\n").slice(2));
  assert.equal(rows.length, claims.length);
});

Deno.test("the page says how many attempts the hostile program makes", async () => {
  const hostile = await Deno.readTextFile(`${ROOT}tests/fixtures/hostile_sandbox.js`);
  const test = await Deno.readTextFile(`${ROOT}tests/runner/sandbox_escape_test.ts`);
  const made = Math.max(...[...test.matchAll(/says: (\d+)/g)].map(([, count]) => Number(count)));
  assert.ok(hostile.includes("await attempt("));
  assert.ok(page.includes(`makes ${made} attempts`), `should be ${made}`);
});
