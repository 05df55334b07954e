import assert from "assert";

const ROOT = new URL("../../../", import.meta.url);

Deno.test("docs/inspect.md shows what explain says of the objects of a golden test", async () => {
  const docs = await Deno.readTextFile(new URL("docs/inspect.md", ROOT));
  const golden = await Deno.readTextFile(
    new URL("tests/golden/explain/shared/explain.txt", ROOT),
  );
  assert.ok(docs.includes(golden));
});
