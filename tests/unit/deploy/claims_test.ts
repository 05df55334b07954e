import assert from "assert";
import { ROOT } from "../../../tasks/checkout.ts";

/** The pages whose tables name the tests that show what they say, in their last column. */
const PAGES = ["docs/security.md", "docs/operations.md"];

/** The names of a file's tests and their steps, as they stand in the source. */
function testNames(source: string): string[] {
  const calls = /(?:Deno\.test|t\.step|testIsolated)\(\s*(?:import\.meta,\s*)?(["`])(.*?)\1\s*,/gs;
  return [...source.matchAll(calls)].map(([, , name]) => name!);
}

/** What is wrong with one reference to a test; undefined where it is there. */
async function faultOf(reference: string): Promise<string | undefined> {
  const [, path, name] = reference.match(/^`(tests\/[\w/]+_test\.ts)`: (.+)$/) ?? [];
  if (!path || !name) return `"${reference}" should be \`tests/…_test.ts\`: the test's name`;
  const source = await Deno.readTextFile(ROOT + path).catch(() => undefined);
  if (source === undefined) return `"${path}" is not there`;
  const known = testNames(source).some((known) => known.includes(name));
  return known ? undefined : `"${path}" has no test "${name}"`;
}

for (const path of PAGES) {
  Deno.test(`each claim of ${path} names tests that are there`, async (t) => {
    const page = await Deno.readTextFile(ROOT + path);
    const tables = page.split("\n\n").map((block) => block.trim().split("\n"))
      .filter(([head]) => head!.startsWith("|") && head!.includes("shown by"));
    const rows = tables.flatMap((lines) => lines.slice(2));
    assert.ok(rows.length > 10);
    for (const row of rows) {
      const cells = row.split("|").slice(1, -1).map((cell) => cell.trim());
      await t.step(cells[0]!, async () => {
        const faults = await Promise.all(cells.at(-1)!.split("<br>").map(faultOf));
        assert.deepEqual(faults.filter((fault) => fault !== undefined), []);
      });
    }
  });
}

Deno.test("a reference to a test that is not there, or to none, is a fault", async () => {
  const here = "`tests/unit/deploy/claims_test.ts`";
  assert.equal(await faultOf(`${here}: is not there, or to none`), undefined);
  assert.equal(
    await faultOf(`${here}: ${"nothing like"} it`),
    `${here.replaceAll("`", '"')} has no test "nothing like it"`,
  );
  assert.match(await faultOf("`tests/gone_test.ts`: it") ?? "", /is not there/);
  assert.match(await faultOf("") ?? "", /should be/);
});

Deno.test("docs/security.md says how many attempts the hostile program makes", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/security.md`);
  const test = await Deno.readTextFile(`${ROOT}tests/runner/sandbox_escape_test.ts`);
  const made = Math.max(...[...test.matchAll(/says: (\d+)/g)].map(([, count]) => Number(count)));
  assert.ok(page.includes(`makes ${made} attempts`), `should be ${made}`);
});
