import assert from "assert";
import { parse } from "yaml";
import { configFields, variableOf } from "../../../../runner/config/config_fields.ts";

Deno.test("a field's variable follows from its path", () => {
  assert.equal(variableOf(["cache", "leaseDuration"]), "GENKITD_CACHE_LEASE_DURATION");
  assert.equal(variableOf(["watch"]), "GENKITD_WATCH");
});

Deno.test("every field has a description, and a variable of its own unless it is part of a list", () => {
  const fields = configFields();
  assert.ok(fields.length > 40, "the fields were found");
  for (const { path, description, variable } of fields) {
    assert.match(description, /\.$/, path.join("."));
    assert.equal(variable === undefined, path.includes("[]"), path.join("."));
  }
  const variables = fields.flatMap(({ variable }) => variable ?? []);
  assert.equal(new Set(variables).size, variables.length);
});

Deno.test("the JSON schema has every field, and no other", async () => {
  const root = new URL("../../../../", import.meta.url);
  const schema = parse(await Deno.readTextFile(new URL("deploy/genkitd.schema.json", root)));
  for (const { path } of configFields()) {
    let at = schema;
    for (const key of path) {
      assert.equal(at.additionalProperties ?? false, false, path.join("."));
      at = key === "[]" ? at.items : at.properties[key];
      assert.ok(at, path.join("."));
    }
  }
});
