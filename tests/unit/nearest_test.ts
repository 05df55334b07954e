import assert from "assert";
import { nearest, suggestion } from "../../shared/nearest.ts";

const cases: [string, string, string[], string | undefined][] = [
  ["a swap of neighbours", "flahs", ["pro", "flash"], "flash"],
  ["a letter too few", "greetin", ["greeting"], "greeting"],
  ["a letter too many", "weatherr", ["weather"], "weather"],
  ["a wrong letter", "Plugin", ["plugim"], "plugim"],
  ["another case only", "FLOWSET", ["Flow", "FlowSet"], "FlowSet"],
  ["the nearer of two", "abcdef", ["abcxyf", "abcdex"], "abcdex"],
  ["the first of two that are as near", "cat", ["bat", "hat"], "bat"],
  ["a third of the letters wrong, rounded up", "abcd", ["abxy"], "abxy"],
  ["more than a third wrong, rounded up", "abcd", ["axyz"], undefined],
  ["an empty name", "", ["a"], undefined],
  ["a name of one letter with nothing in common", "a", ["b"], undefined],
  ["nothing to choose from", "flash", [], undefined],
  ["letters outside ASCII", "grüssse", ["grüsse"], "grüsse"],
];
for (const [what, name, candidates, expected] of cases) {
  Deno.test(`nearest: ${what}`, () => {
    assert.equal(nearest(name, candidates), expected);
  });
}

Deno.test("suggestion: a question where something is near, else nothing", () => {
  assert.equal(suggestion("flahs", ["flash"]), ' (did you mean "flash"?)');
  assert.equal(suggestion("zzzzz", ["flash"]), "");
});
