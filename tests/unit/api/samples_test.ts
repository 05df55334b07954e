import assert from "assert";
import { parseAllDocuments } from "yaml";
import { parseObject } from "../../../shared/api/parse_object.ts";

const FIXTURES = new URL("../../fixtures/", import.meta.url);
const SAMPLES = new URL("genkit-operator-0.5/samples/", FIXTURES);

const files = [...Deno.readDirSync(SAMPLES)].map(({ name }) => new URL(name, SAMPLES));

for (const file of [...files, new URL("flowset_page.yaml", FIXTURES)]) {
  const name = file.pathname.split("/").at(-1);
  Deno.test(`every object of ${name} is valid, and nothing of it is dropped`, () => {
    for (const document of parseAllDocuments(Deno.readTextFileSync(file))) {
      const result = parseObject(document.toJS());
      assert(result.outcome === "parsed", JSON.stringify(result));
      assert.deepEqual(result.warnings, []);
    }
  });
}
