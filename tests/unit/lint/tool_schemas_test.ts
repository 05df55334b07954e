/** lint finds the schemas of Tools that no model would take. */
import assert from "assert";
import { lintTextsOf } from "./lint_text_of.ts";
import { WELL } from "./planted_faults.ts";

const SCHEMAS: [schema: string, says: RegExp][] = [
  ["inputSchema: {type: objekt}", /a type is "objekt", should be one of string, .*, object$/],
  ["inputSchema: {type: object, properties: {city: {type: text}}}", /a type is "text"/],
  ["inputSchema: {type: array, items: {type: [string, nil]}}", /a type is "nil"/],
  ["outputSchema: {type: str}", /a type is "str"/],
];

for (const [schema, says] of SCHEMAS) {
  Deno.test(`lint: a Tool with ${schema} is found on the line of the schema`, async () => {
    const text = WELL.replace("    name: find\n", `    name: find\n    ${schema}\n`);
    const { findings } = await lintTextsOf({ "f.yaml": text });
    const [{ rule, line, message } = assert.fail("nothing is found"), ...others] = findings;
    assert.deepEqual([rule, others], ["invalid-schema", []]);
    assert.match(message, says);
    assert.match(text.split("\n")[line! - 1]!, /Schema:/);
  });
}
