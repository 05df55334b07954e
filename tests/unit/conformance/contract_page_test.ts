import assert from "assert";
import { CONTRACT_VERSION } from "../../../conformance/rule.ts";
import { RULES } from "../../../conformance/rules.ts";

const page = await Deno.readTextFile(new URL("../../../docs/contract.md", import.meta.url));

Deno.test("the contract's page has every rule, in the same words, and no other", () => {
  const rows = [...page.matchAll(/^\| (C-\S+)\s*\| (\w+)\s*\| (.*?)\s*\|$/gm)]
    .map(([, id, level, says]) => ({ id, level, says: says!.replaceAll("&lt;", "<") }));
  assert.deepEqual(rows, RULES.map(({ id, level, says }) => ({ id, level, says })));
});

Deno.test("the contract's page has its version", () => {
  assert.equal(/^Version (\d+\.\d+)\./m.exec(page)?.[1], CONTRACT_VERSION);
});

Deno.test("no two rules have the same id", () => {
  assert.equal(new Set(RULES.map(({ id }) => id)).size, RULES.length);
});
