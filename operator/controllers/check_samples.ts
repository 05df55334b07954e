/** How many faults are told; the rest is counted. */
const MAX_TOLD = 10;

/**
 * Checks samples by a JSON Schema (2020-12). Gives what is wrong, for people: empty where all fit.
 *
 * `pattern`, `patternProperties` and `format` are not looked at: an expression of somebody else's can
 * take for ever, and the operator serves all.
 */
export async function checkSamples(
  samples: readonly unknown[],
  schema: unknown,
): Promise<string[]> {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    return [`spec.schema is ${JSON.stringify(schema)}, should be a JSON Schema`];
  }
  const { Validator } = await import("@cfworker/json-schema");
  const wrong: string[] = [];
  let more = 0;
  try {
    const validator = new Validator(withoutPatterns(schema) as object, "2020-12", true);
    for (const [index, sample] of samples.entries()) {
      const { valid, errors } = validator.validate(sample);
      if (valid) continue;
      if (wrong.length === MAX_TOLD) {
        more++;
        continue;
      }
      // The last one is the innermost: the others say that something in them is wrong.
      const { instanceLocation, error } = errors.at(-1)!;
      wrong.push(`sample ${index}, ${instanceLocation.replace(/^#\/?/, "/")}: ${error}`);
    }
  } catch (error) {
    return [`spec.schema cannot be used: ${(error as Error).message}`];
  }
  return more === 0 ? wrong : [...wrong, `and ${more} more samples do not fit spec.schema`];
}

const NOT_CHECKED = new Set(["pattern", "patternProperties", "format"]);

function withoutPatterns(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPatterns);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    // Names under `properties` are no keywords.
    const named = key === "properties" || key === "$defs" || key === "definitions";
    return [key, named ? eachWithoutPatterns(inner) : withoutPatterns(inner)] as const;
  });
  return Object.fromEntries(entries.filter(([key]) => !NOT_CHECKED.has(key)));
}

function eachWithoutPatterns(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withoutPatterns(inner)]),
  );
}
