import assert from "assert";
import { type ConformanceFlags, conformanceOptions } from "../../../cli/conformance.ts";
import { UsageError } from "../../../cli/usage_error.ts";
import { RULES } from "../../../conformance/rules.ts";

function options(words: string[], flags: Partial<ConformanceFlags> = {}) {
  return conformanceOptions(words, {
    provider: "googleai",
    env: [],
    rule: [],
    format: "text",
    timeout: "30s",
    grace: "30s",
    ...flags,
  });
}

Deno.test("conformance: a command is looked at by every rule", () => {
  const { target, rules, provider } = options(["node", "runner.js"], { env: ["A=b=c"] });
  assert.deepEqual(target, { command: ["node", "runner.js"], environment: { A: "b=c" } });
  assert.equal(rules.length, RULES.length);
  assert.equal(provider.type, "googleai");
});

Deno.test("conformance: rules are chosen by their ids", () => {
  const { rules } = options(["node"], { rule: ["C-HTTP-05", "C-HTTP-04"] });
  assert.deepEqual(rules.map(({ id }) => id), ["C-HTTP-04", "C-HTTP-05"]);
});

Deno.test("conformance: a runner at an address gets its tree in a folder", () => {
  const { target } = options([], { url: "http://localhost:8080/", tree: "genkit" });
  assert.deepEqual(target, { url: "http://localhost:8080", folder: "genkit" });
});

for (
  const [why, words, flags] of [
    ["neither a command nor an address", [], {}],
    ["both", ["node"], { url: "http://localhost:8080", tree: "genkit" }],
    ["an address without a folder", [], { url: "http://localhost:8080" }],
    ["a folder without an address", ["node"], { tree: "genkit" }],
    ["an address that is none", [], { url: "localhost:8080", tree: "genkit" }],
    ["an unknown provider", ["node"], { provider: "googlai" }],
    ["an unknown rule", ["node"], { rule: ["C-HTTP-4"] }],
    ["an unknown format", ["node"], { format: "xml" }],
    ["a variable without a value", ["node"], { env: ["NAME"] }],
  ] as const
) {
  Deno.test(`conformance: ${why} cannot be understood`, () => {
    assert.throws(
      () => options([...words], flags as unknown as Partial<ConformanceFlags>),
      UsageError,
    );
  });
}
