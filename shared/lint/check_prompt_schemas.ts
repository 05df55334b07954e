import { Validator } from "@cfworker/json-schema";
import { picoschema } from "dotprompt";
import { picoschemaFault } from "../flows/picoschema_fault.ts";
import type { LintRule } from "./lint_rules.ts";
import { asObject } from "./as_object.ts";
import { schemaTypeFault } from "./schema_type_fault.ts";

/** What is wrong with the schemas of a prompt, and where in its frontmatter. */
export interface SchemaFinding {
  rule: LintRule;
  path: string[];
  message: string;
}

type JsonObject = Record<string, unknown>;

/** Checks the schemas of a prompt's frontmatter, and the defaults of its input against theirs. */
export async function checkPromptSchemas(frontmatter: JsonObject): Promise<SchemaFinding[]> {
  const findings: SchemaFinding[] = [];
  for (const which of ["input", "output"]) {
    const part = asObject(frontmatter[which]);
    if (part.schema === undefined || part.schema === null) continue;
    const path = [which, "schema"];
    // Resolve tells that already.
    if (picoschemaFault(part.schema) !== undefined) continue;
    try {
      const schema = asObject(await picoschema(part.schema, {}));
      const fault = schemaTypeFault(schema);
      if (fault !== undefined) throw new Error(fault);
      if (which === "input") findings.push(...defaultFaults(schema, asObject(part.default)));
    } catch (error) {
      const { message } = error as Error;
      findings.push({
        rule: "invalid-schema",
        path,
        message: `the ${which} schema is not valid: ${message.slice(0, 200).replace(/\.$/, "")}`,
      });
    }
  }
  return findings;
}

/** Each default for itself: what is required may come from the caller. */
function defaultFaults(schema: JsonObject, defaults: JsonObject): SchemaFinding[] {
  const { required: _, ...partial } = schema;
  return Object.entries(defaults).flatMap(([name, value]): SchemaFinding[] => {
    const { valid, errors } = new Validator(partial, "2020-12").validate({ [name]: value });
    if (valid) return [];
    const error = errors.at(-1)!;
    const known = Object.keys(asObject(schema.properties));
    const why = known.length > 0 && !known.includes(name)
      ? `the schema has no such field, only ${known.map((field) => `"${field}"`).join(", ")}`
      : error.error.replace(/\.$/, "");
    const path = ["input", "default", name];
    const message = `the input's default of "${name}" does not fit the input's schema: ${why}`;
    return [{ rule: "invalid-default", path, message }];
  });
}
