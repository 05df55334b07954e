import { z } from "zod";
import { serveConfig } from "./serve_config.ts";
import { REFERENCE } from "./text_reference.ts";

/** A field of the configuration. */
export interface ConfigField {
  /** Such as `["listen", "port"]`; a list's entries are `[]`. */
  path: string[];
  type: "text" | "number" | "boolean" | "number or text" | "list";
  /** The words that are allowed; of a text. */
  words?: string[];
  /** As JSON; absent where there is none. */
  default?: string;
  required: boolean;
  description: string;
  /** Whether it may be {env: NAME} or {file: PATH} as well. */
  reference: boolean;
  /** The variable that sets it; absent for what is part of a list, which is set as a whole. */
  variable?: string;
}

/** What is used of JSON schema here. */
interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  [REFERENCE]?: string;
}

/** Gives every field that has no fields itself, and lists, in the order of the schema. */
export function configFields(): ConfigField[] {
  const schema = z.toJSONSchema(serveConfig, { io: "input", unrepresentable: "any" });
  return [...fieldsOf(schema as JsonSchema, [])];
}

/** Gives the name of the variable of a field: `cache.leaseDuration` is GENKITD_CACHE_LEASE_DURATION. */
export function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase());
  return ["GENKITD", ...words].join("_");
}

function* fieldsOf(schema: JsonSchema, path: string[]): Generator<ConfigField> {
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    const at = [...path, key];
    if (field.properties !== undefined) {
      yield* fieldsOf(field, at);
      continue;
    }
    yield {
      path: at,
      type: typeOf(field),
      ...field.enum && { words: field.enum.map(String) },
      ...field.const !== undefined && { words: [String(field.const)] },
      ...field.default !== undefined && { default: JSON.stringify(field.default) },
      required: schema.required?.includes(key) ?? false,
      description: field.description ?? "",
      reference: REFERENCE in field,
      ...!path.includes("[]") && { variable: variableOf(at) },
    };
    if (field.items?.properties) yield* fieldsOf(field.items, [...at, "[]"]);
  }
}

function typeOf(field: JsonSchema): ConfigField["type"] {
  if (REFERENCE in field) return "text";
  if (field.anyOf) return "number or text";
  if (field.type === "array") return "list";
  if (field.type === "boolean") return "boolean";
  return field.type === "integer" || field.type === "number" ? "number" : "text";
}
