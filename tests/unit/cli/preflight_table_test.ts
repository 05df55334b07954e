import assert from "assert";
import { preflightTable } from "../../../cli/preflight_table.ts";

Deno.test("findings are a table, with what to do below those that ask for something", () => {
  const table = preflightTable([
    { level: "ok", check: "names", message: "no Flow and FlowSet share a name" },
    { level: "fail", check: "CRDs", message: "flows.genkit.dev goes", help: "Keep it" },
    { level: "warn", check: "objects", message: "odd" },
  ]);
  assert.equal(
    table,
    `ok    names    no Flow and FlowSet share a name
fail  CRDs     flows.genkit.dev goes
               → Keep it
warn  objects  odd`,
  );
});
