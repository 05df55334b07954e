import { join } from "node:path";
import { z } from "zod";
import { type ConfigField, configFields } from "../runner/config/config_fields.ts";
import { serveConfig } from "../runner/config/serve_config.ts";
import { ROOT } from "./checkout.ts";
import { paddedTable } from "./table.ts";

const DOCS = "docs/configuration.md";
/** What stands between these lines is made here. */
const [BEGIN, END] = ["<!-- fields: made by `deno task generate` -->", "<!-- end of fields -->"];

/** Gives the files that follow from the schema of `serve --config`: a JSON schema, the docs' table. */
export function configFiles(): { path: string; content: string }[] {
  const docs = Deno.readTextFileSync(join(ROOT, DOCS));
  const [before, after] = [docs.indexOf(BEGIN), docs.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${DOCS} has no place for the fields`);
  const head = docs.slice(0, before + BEGIN.length);
  return [
    { path: DOCS, content: `${head}\n\n${fieldTable()}\n\n${docs.slice(after)}` },
    { path: "deploy/genkitd.schema.json", content: `${JSON.stringify(jsonSchema(), null, 2)}\n` },
  ];
}

/** The schema for editors, in the form of JSON schema 2020-12. */
function jsonSchema(): object {
  const schema = z.toJSONSchema(serveConfig, {
    io: "input",
    override({ jsonSchema }) {
      for (const key of Object.keys(jsonSchema)) if (key.startsWith("x-")) delete jsonSchema[key];
      if (jsonSchema.properties) jsonSchema.additionalProperties = false;
      // Formats of Kubernetes, which JSON schema does not have.
      if (jsonSchema.format === "int32") delete jsonSchema.format;
    },
  });
  return { title: "The configuration of genkitd serve", ...schema };
}

function fieldTable(): string {
  const rows = configFields().map((field) => [
    `\`${nameOf(field)}\``,
    typeOf(field),
    field.required ? "required" : field.default === undefined ? "" : `\`${field.default}\``,
    variableOf(field),
    field.description,
  ]);
  return paddedTable(["field", "type", "default", "variable", "what it is"], rows);
}

function nameOf({ path }: ConfigField): string {
  return path.join(".").replaceAll(".[]", "[]");
}

function typeOf({ type, words, reference }: ConfigField): string {
  if (words) return words.map((word) => `\`${word}\``).join(", ");
  return reference ? "text, `env`, `file`" : type;
}

function variableOf({ variable, reference }: ConfigField): string {
  if (variable === undefined) return "";
  return reference ? `\`${variable}\`, \`…_FILE\`` : `\`${variable}\``;
}
