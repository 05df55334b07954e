import assert from "assert";
import { customResourceDefinition } from "../../../operator/crds.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import type { StructuralSchema } from "../../../shared/api/structural_schema.ts";
import { lintFiles } from "../../../shared/lint/lint_files.ts";
import { readFiles } from "../../../cli/read_files.ts";
import { EXAMPLES } from "../../../tasks/reference/example.ts";
import { anchorOf } from "../../../tasks/reference/field.ts";
import { KUBERNETES_FIELDS } from "../../../tasks/reference/kubernetes_link.ts";
import { kindPage } from "../../../tasks/reference/kind_page.ts";
import { anchorsOf, linksOf } from "./markdown.ts";

const ROOT = new URL("../../../", import.meta.url);
const names = Object.keys(customKinds) as (keyof typeof customKinds)[];

/** Every field below spec and status, but for the inside of Kubernetes' own types. */
function* fields(schema: StructuralSchema, path: string): Generator<[string, StructuralSchema]> {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const at = `${path}.${name}`;
    yield [at, field];
    if (KUBERNETES_FIELDS.includes(at)) continue;
    yield* fields(field, at);
    if (field.items) yield* fields(field.items, `${at}[]`);
    if (field.additionalProperties) yield* fields(field.additionalProperties, `${at}.*`);
  }
}

for (const name of names) {
  const page = kindPage(name);
  const { openAPIV3Schema: schema } =
    customResourceDefinition(customKinds[name]).spec.versions[0]!.schema;
  const all = (["spec", "status"] as const).flatMap((part) => [
    ...fields(schema.properties![part]!, part),
  ]);

  Deno.test(`the page of ${name} has each field of its CRD once, with an anchor and its words`, () => {
    for (const [path, field] of all) {
      const items = page.split("\n").filter((line) => line.includes(`**\`${path}\`**`));
      assert.equal(
        items.filter((line) => line.startsWith(`- <a id="${anchorOf(path)}"></a>`)).length,
        1,
        `${path} should be listed once`,
      );
      if (field.default !== undefined) {
        assert(items[0]!.includes(`default \`${JSON.stringify(field.default)}\``), path);
      }
      for (const word of field.enum ?? []) assert(items[0]!.includes(`\`${word}\``), path);
      const bounds = [field.minimum, field.maximum, field.maxLength, field.maxItems];
      for (const bound of bounds.filter((bound) => bound !== undefined)) {
        assert(items[0]!.includes(` ${bound}`), `${path}: ${bound}`);
      }
      if (field.description !== undefined) {
        const first = field.description.split(/[<*]/)[0]!;
        assert(page.includes(first), `${path}: its description`);
      }
    }
    assert.equal(page.match(/^- <a id=/gm)!.length, all.length, "and no other");
  });

  Deno.test(`each field of ${name} is described in a full sentence`, () => {
    for (const [path, { description = "" }] of all) {
      assert.match(description, /^[A-Z`].*\.$/s, path);
      assert(description.split(/\s+/).length > 2, `${path}: ${description}`);
    }
  });

  Deno.test(`the page of ${name} has the rules of its CRD with their messages`, () => {
    const said = JSON.stringify(schema["x-kubernetes-validations"] ?? []) +
      JSON.stringify(schema.properties!.spec);
    for (const [, text = ""] of said.matchAll(/"rule":("(?:[^"\\]|\\.)*")/g)) {
      assert(page.includes(JSON.parse(text)), text);
    }
  });

  Deno.test(`links of the page of ${name} lead somewhere`, async () => {
    for (const link of linksOf(page)) {
      const [file, anchor] = link.split("#");
      const url = new URL(file || `${name.toLowerCase()}.md`, new URL("docs/reference/", ROOT));
      const text = await Deno.readTextFile(url);
      if (anchor) assert(anchorsOf(text).has(anchor), `${link}: there is no such place`);
    }
  });
}

for (const file of ["minimal.yaml", "full.yaml"]) {
  Deno.test(`lint finds nothing in ${EXAMPLES}/${file}`, async () => {
    const path = new URL(`${EXAMPLES}/${file}`, ROOT).pathname;
    const { findings } = await lintFiles(await readFiles([path], []), new Set());
    assert.deepEqual(findings, []);
  });
}

Deno.test("the full example of each kind has most of the fields of its spec", () => {
  for (const name of names) {
    const spec = customResourceDefinition(customKinds[name]).spec.versions[0]!.schema
      .openAPIV3Schema.properties!.spec!;
    // In another of two spellings, or the same as of a Flow's pods.
    const elsewhere = ["modelRef", "promptRefs", "toolRefs"];
    const shown = /With most fields.*?```yaml\n(.*?)```/s.exec(kindPage(name))![1]!;
    const missing = Object.keys(spec.properties!)
      .filter((field) => !elsewhere.includes(field))
      .filter((field) => !new RegExp(`^ +${field}:`, "m").test(shown));
    if (name !== "FlowSet") assert.deepEqual(missing, [], name);
  }
});
