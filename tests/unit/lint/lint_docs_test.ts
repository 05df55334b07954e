import assert from "assert";
import { parse } from "yaml";
import { DEPRECATED_MODELS, DEPRECATION_SOURCES } from "../../../shared/deprecated_models.ts";
import { LINT_RULES } from "../../../shared/lint/lint_rules.ts";

const ROOT = new URL("../../../", import.meta.url);
const docs = await Deno.readTextFile(new URL("docs/lint.md", ROOT));

Deno.test("docs/lint.md lists every rule of lint with its level, and no other", () => {
  const rows = docs.split("\n").filter((line) => line.startsWith("| `"));
  assert.deepEqual(
    rows.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())),
    Object.entries(LINT_RULES).map(([id, { level, summary }]) => [`\`${id}\``, level, summary]),
  );
});

Deno.test("docs/lint.md names the pages that the dates of models are from", () => {
  for (const url of Object.values(DEPRECATION_SOURCES)) assert.ok(docs.includes(url), url);
});

Deno.test("models are deprecated once, on a day, by a provider whose page is known", () => {
  const names = DEPRECATED_MODELS.flatMap(({ provider, models }) =>
    models.map((model) => `${provider}/${model}`)
  );
  assert.equal(new Set(names).size, names.length);
  for (const { provider, shutdown, models, replacement } of DEPRECATED_MODELS) {
    assert.ok(provider in DEPRECATION_SOURCES);
    assert.equal(new Date(shutdown).toISOString().slice(0, 10), shutdown);
    assert.ok(!models.includes(replacement));
  }
});

Deno.test("the pre-commit hook runs lint on a folder as a whole", async () => {
  const [hook] = parse(await Deno.readTextFile(new URL(".pre-commit-hooks.yaml", ROOT)));
  assert.deepEqual([hook.id, hook.entry, hook.pass_filenames], [
    "genkitd-lint",
    "genkitd lint",
    false,
  ]);
});
