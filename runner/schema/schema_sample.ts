import { asSchema, type JsonSchema, resolveRef } from "./json_schema.ts";
import { patternSample } from "./pattern_sample.ts";

/** Where nesting ends: deeper values are left out, or empty. */
const MAX_DEPTH = 6;

const FORMATS: Record<string, string> = {
  date: "2026-01-31",
  "date-time": "2026-01-31T12:00:00Z",
  duration: "P1D",
  email: "ann@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  "json-pointer": "/a",
  time: "12:00:00Z",
  uri: "https://example.com/",
  "uri-reference": "/a",
  url: "https://example.com/",
  uuid: "00000000-0000-4000-8000-000000000000",
};

/**
 * Makes a value that fits a JSON Schema, always the same one: constants, defaults, examples and the
 * first allowed word where it has them, else the smallest value; a text is its field's name. All
 * fields are there, optional ones too. A schema that contradicts itself gives a value that does not
 * fit.
 */
export function schemaSample(schema: JsonSchema): unknown {
  return new Sampler(schema).sample(schema, "text", 0);
}

class Sampler {
  constructor(private readonly root: JsonSchema) {}

  sample(schema: JsonSchema, field: string, depth: number): unknown {
    const here = this.merge(schema);
    if ("const" in here) return here.const;
    const [given] = [
      ...("default" in here ? [here.default] : []),
      ...list(here.examples),
      ...list(here.enum),
    ];
    if (given !== undefined) return given;
    switch (typeOf(here)) {
      case "object":
        return this.object(here, depth);
      case "array":
        return this.array(here, field, depth);
      case "integer":
      case "number":
        return number(here);
      case "boolean":
        return true;
      case "null":
        return null;
      default:
        return text(here, field);
    }
  }

  /** The schema with its references followed, and the first of its alternatives taken. */
  merge(schema: JsonSchema, depth = 0): JsonSchema {
    if (depth > 20) return {};
    const { $ref, allOf, anyOf, oneOf, ...own } = schema;
    const parts = [
      resolveRef($ref, this.root),
      ...list(allOf),
      list(anyOf)[0],
      list(oneOf)[0],
    ].filter((part) => part !== undefined).map((part) => this.merge(asSchema(part), depth + 1));
    return parts.reduce((all, part) => ({
      ...part,
      ...all,
      properties: { ...asSchema(part.properties), ...asSchema(all.properties) },
      required: [...list(part.required), ...list(all.required)],
    }), own);
  }

  object(schema: JsonSchema, depth: number): JsonSchema {
    const required = list(schema.required);
    const fields = Object.entries(asSchema(schema.properties))
      .filter(([name]) => depth < MAX_DEPTH || required.includes(name));
    const value = Object.fromEntries(
      // A required field of a schema without an end would be made for ever.
      fields.map(([name, inner]) => [
        name,
        depth > 4 * MAX_DEPTH ? null : this.sample(asSchema(inner), name, depth + 1),
      ]),
    );
    for (const name of required.map(String)) {
      value[name] ??= this.sample(asSchema(schema.additionalProperties), name, depth + 1);
    }
    for (let i = 1; Object.keys(value).length < Number(schema.minProperties ?? 0); i++) {
      value[`key${i}`] = this.sample(asSchema(schema.additionalProperties), `key${i}`, depth + 1);
    }
    return value;
  }

  array(schema: JsonSchema, field: string, depth: number): unknown[] {
    const first = list(schema.prefixItems ?? (Array.isArray(schema.items) ? schema.items : []));
    const least = Number(schema.minItems ?? 0);
    const length = depth < MAX_DEPTH ? Math.max(least, 1, first.length) : least;
    const most = Number(schema.maxItems ?? Infinity);
    const items = Array.from({ length: Math.min(length, most, 1000) }, (_, i) => {
      const item = first[i] ?? schema.items ?? schema.contains;
      return this.sample(asSchema(item), field.replace(/s$/, ""), depth + 1);
    });
    return schema.uniqueItems === true ? items.map((item, i) => different(item, i, schema)) : items;
  }
}

/** The `index`-th of a list of values that must differ. */
function different(value: unknown, index: number, schema: JsonSchema): unknown {
  const words = list(asSchema(schema.items).enum);
  if (words.length > 0) return words[index % words.length];
  if (index === 0) return value;
  if (typeof value === "number") {
    return value + index * Number(asSchema(schema.items).multipleOf ?? 1);
  }
  return typeof value === "string" ? `${value}${index}` : value;
}

function typeOf(schema: JsonSchema): unknown {
  if (Array.isArray(schema.type)) return schema.type.find((type) => type !== "null") ?? "null";
  if (schema.type !== undefined) return schema.type;
  if (Object.keys(asSchema(schema.properties)).length > 0) return "object";
  if ("items" in schema || "prefixItems" in schema) return "array";
  return "minimum" in schema || "maximum" in schema ? "number" : "string";
}

/** The first of some plain numbers that is within the bounds. */
function number(schema: JsonSchema): number {
  const step = Number(schema.multipleOf ?? 1);
  const low = Number(schema.minimum ?? schema.exclusiveMinimum ?? -Infinity);
  const high = Number(schema.maximum ?? schema.exclusiveMaximum ?? Infinity);
  const up = Math.ceil(low / step) * step;
  const down = Math.floor(high / step) * step;
  const fits = (value: number) =>
    Number.isFinite(value) && value >= low && value <= high &&
    value !== schema.exclusiveMinimum && value !== schema.exclusiveMaximum;
  const plain = 1 % step === 0 ? 1 : step;
  return [plain, up, up + step, down, down - step, (low + high) / 2].find(fits) ?? 1;
}

function text(schema: JsonSchema, field: string): string {
  if (typeof schema.pattern === "string") return patternSample(schema.pattern) ?? field;
  const formatted = typeof schema.format === "string" ? FORMATS[schema.format] : undefined;
  if (formatted !== undefined) return formatted;
  const padded = field.padEnd(Number(schema.minLength ?? 0), `${field} `.repeat(8));
  return padded.slice(0, Number(schema.maxLength ?? Infinity));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
