/** Keywords whose work grows faster than schema and sample do: an expression may take for ever. */
const COSTLY = new Set(["pattern", "patternProperties", "uniqueItems"]);

/** Keywords that refuse more where the schema inside them says less. */
const OPPOSITE = new Set([
  "contains",
  "if",
  "not",
  "oneOf",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** Keywords whose values are no schemas. */
const VALUES = new Set([
  "const",
  "default",
  "dependentRequired",
  "enum",
  "examples",
  "required",
  "type",
]);

/** Keywords whose values are schemas by names. */
const BY_NAME = new Set(["$defs", "definitions", "dependencies", "dependentSchemas", "properties"]);

/** A JSON Schema that can be evaluated beside other work. */
export interface CheckableSchema {
  schema: object;
  /** The keywords that were left out, sorted. */
  skipped: string[];
  /** Whether leaving them out could refuse what the whole schema allows. */
  misleading: boolean;
}

/**
 * Copies a JSON Schema without what an operator that serves many cannot afford to evaluate.
 *
 * @param onVisit Called each time a part of the copy is evaluated, with the number of JSON values
 * in that part. References make the number of evaluations exponential in the size of a schema, and
 * the validator has no limit of its own; what this throws ends it.
 */
export function checkableSchema(schema: object, onVisit: (size: number) => void): CheckableSchema {
  const skipped = new Set<string>();
  let opposite = false;

  const copy = (value: unknown): { value: unknown; size: number } => {
    if (Array.isArray(value)) return collect(value.map(copy), (values) => values);
    return typeof value === "object" && value !== null ? object(value) : { value, size: 1 };
  };
  const byName = (value: unknown): { value: unknown; size: number } => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return copy(value);
    const names = Object.keys(value);
    return collect(
      Object.values(value).map(copy),
      (values) => Object.fromEntries(values.map((inner, index) => [names[index], inner])),
    );
  };
  const object = (part: object): { value: unknown; size: number } => {
    const kept = Object.entries(part).filter(([key]) => {
      if (COSTLY.has(key)) skipped.add(key);
      opposite ||= OPPOSITE.has(key);
      // `format` describes and refuses nothing, as JSON Schema 2020-12 has it; and what is
      // additional depends on the patterns.
      return !COSTLY.has(key) && key !== "format" &&
        !(key === "additionalProperties" && Object.hasOwn(part, "patternProperties"));
    });
    const copied = collect(
      kept.map(([key, value]) =>
        VALUES.has(key)
          ? { value, size: sizeOf(value) }
          : BY_NAME.has(key)
          ? byName(value)
          : copy(value)
      ),
      (values) => Object.fromEntries(values.map((value, index) => [kept[index]![0], value])),
    );
    // A keyword of 2019-09 only, which the validator reads once for each evaluation of a part.
    Object.defineProperty(copied.value, "$recursiveAnchor", {
      enumerable: false,
      get: () => onVisit(copied.size),
    });
    return copied;
  };

  const { value } = object(schema);
  return {
    schema: value as object,
    skipped: [...skipped].sort(),
    misleading: skipped.size > 0 && opposite,
  };
}

function collect(
  parts: { value: unknown; size: number }[],
  join: (values: unknown[]) => unknown,
): { value: unknown; size: number } {
  return {
    value: join(parts.map(({ value }) => value)),
    size: parts.reduce((sum, { size }) => sum + size, 1),
  };
}

function sizeOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + sizeOf(inner), 1);
}
