const SCALARS = ["any", "boolean", "integer", "null", "number", "string"];
/** How deep a schema is looked at. */
const DEEPEST = 64;

/**
 * Says why Dotprompt cannot read a schema of a prompt's frontmatter; undefined where it can. As its
 * own `picoschema` without named schemas (dotprompt 1.1.2), which resolve cannot wait for.
 */
export function picoschemaFault(schema: unknown): string | undefined {
  if (!schema) return undefined;
  if (typeof schema === "string") return scalarFault(schema);
  const { type, properties } = schema as Record<string, unknown>;
  const isJsonSchema = [...SCALARS, "object", "array"].includes(type as string) ||
    typeof properties === "object";
  return isJsonSchema ? undefined : fieldsFault(schema, 0);
}

function fieldsFault(schema: unknown, depth: number): string | undefined {
  if (typeof schema === "string") return scalarFault(schema);
  if (typeof schema !== "object") {
    return `Picoschema: only consists of objects and strings. Got: ${JSON.stringify(schema)}`;
  }
  if (depth > DEEPEST) return `Picoschema: is nested deeper than ${DEEPEST} levels`;
  for (const [key, value] of Object.entries(schema ?? {})) {
    const [, form] = key.split("(");
    const type = form && key !== "(*)" ? typeOf(form.slice(0, -1)) : "object";
    if (type === "enum") {
      if (!Array.isArray(value)) return `Picoschema: the values of '${key}' should be a list`;
      continue;
    }
    if (type !== "object" && type !== "array") {
      return `Picoschema: parenthetical types must be 'object' or 'array', got: ${type}`;
    }
    const fault = fieldsFault(value, depth + 1);
    if (fault !== undefined) return fault;
  }
}

function scalarFault(text: string): string | undefined {
  const type = typeOf(text);
  return SCALARS.includes(type) ? undefined : `Picoschema: unsupported scalar type '${type}'`;
}

/** What stands before the description. */
function typeOf(text: string): string {
  return /^(.*?), *(.*)$/.exec(text)?.[1] ?? text;
}
