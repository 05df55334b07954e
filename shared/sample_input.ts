type Schema = Record<string, unknown>;

const PLAUSIBLE: Record<string, unknown> = {
  name: "Ann",
  text: "The quick brown fox jumps over the lazy dog.",
  question: "What is the answer?",
  message: "Hello",
  topic: "tea",
  language: "French",
  city: "Paris",
  location: "Paris",
  country: "France",
  date: "2026-01-31",
  email: "ann@example.com",
  url: "https://example.com",
};

/**
 * Makes an input for an example of a call from a prompt's input schema (JSON Schema): defaults,
 * examples and enums where it has them, else a plausible word, else the field's name. Fields that
 * are not required are left out. Not made to satisfy every schema: a person reads it.
 */
export function sampleInput(schema: Schema | undefined): unknown {
  return schema === undefined ? {} : sample(schema, "input", 0);
}

function sample(schema: Schema, field: string, depth: number): unknown {
  const examples = Array.isArray(schema.examples) ? schema.examples : [];
  const words = Array.isArray(schema.enum) ? schema.enum : [];
  for (const value of [schema.const, schema.default, schema.example, ...examples, ...words]) {
    if (value !== undefined) return value;
  }
  switch (typeOf(schema)) {
    case "object":
      return depth > 4 ? {} : sampleObject(schema, depth);
    case "array":
      return depth > 4 ? [] : [sample(asSchema(schema.items), field.replace(/s$/, ""), depth + 1)];
    case "integer":
    case "number":
      return typeof schema.minimum === "number" ? schema.minimum : 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return PLAUSIBLE[field] ?? field;
  }
}

function typeOf(schema: Schema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null");
  return schema.type ?? ("properties" in schema ? "object" : undefined);
}

function sampleObject(schema: Schema, depth: number): Schema {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const fields = Object.entries(asSchema(schema.properties))
    .filter(([name]) => required.includes(name))
    .map(([name, inner]) => [name, sample(asSchema(inner), name, depth + 1)]);
  return Object.fromEntries(fields);
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? value as Schema
    : {};
}
