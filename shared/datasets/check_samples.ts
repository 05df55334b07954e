import { checkableSchema } from "./checkable_schema.ts";

/** How many faulty samples are told; the rest is counted. */
const MAX_TOLD = 10;

/**
 * How much work a check may be, a part of a second: each evaluation of a part of the schema counts
 * 100, the size of that part, and a sixteenth of the sample's length.
 */
const MAX_WORK = 3e7;

/** What a check of samples found. */
export interface SampleCheck {
  /** What is wrong, for people: empty where all samples fit. */
  wrong: string[];
  /** What was not checked and why, for people; absent where all was. */
  unchecked?: string;
}

class TooMuchWork extends Error {}

/**
 * Checks samples by a JSON Schema: 2020-12, or draft-07 where `$schema` says so.
 *
 * The operator serves all, so that what could stop it is not evaluated: expressions, `uniqueItems`,
 * and schemas whose references multiply without end.
 */
export async function checkSamples(
  samples: readonly unknown[],
  schema: unknown,
): Promise<SampleCheck> {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    return { wrong: [`spec.schema is ${JSON.stringify(schema)}, should be a JSON Schema`] };
  }
  const { Validator } = await import("@cfworker/json-schema");
  const wrong: string[] = [];
  const unchecked: string[] = [];
  let more = 0;
  let work = 0;
  let length = 0;
  try {
    const checkable = checkableSchema(schema, (size) => {
      work += 100 + size + length / 16;
      if (work > MAX_WORK) throw new TooMuchWork();
    });
    const keywords = checkable.skipped.join(", ");
    if (checkable.misleading) {
      return {
        wrong,
        unchecked: `spec.schema is not checked: it uses ${keywords} under conditions`,
      };
    }
    if (keywords !== "") unchecked.push(`${keywords} of spec.schema are not checked`);
    const validator = new Validator(checkable.schema, draftOf(schema), true);
    for (const [index, sample] of samples.entries()) {
      length = JSON.stringify(sample).length;
      const { valid, errors } = validator.validate(sample);
      if (valid) continue;
      if (wrong.length < MAX_TOLD) wrong.push(`sample ${index}${fault(errors)}`);
      else more++;
    }
  } catch (error) {
    if (!(error instanceof TooMuchWork)) {
      const [message] = (error as Error).message.split("\n");
      return { wrong: [`spec.schema cannot be used: ${message}`] };
    }
    unchecked.push("not all samples are checked by spec.schema: that is too much work");
  }
  if (more > 0) wrong.push(`and ${more} more samples do not fit spec.schema`);
  return { wrong, ...unchecked.length > 0 && { unchecked: unchecked.join("; ") } };
}

function draftOf(schema: object): "7" | "2020-12" {
  const { $schema } = schema as { $schema?: unknown };
  return String($schema).includes("draft-07") ? "7" : "2020-12";
}

/** Keywords of which the validator says that something inside them is wrong, and then what. */
const AROUND = new Set([
  "$ref",
  "additionalItems",
  "additionalProperties",
  "allOf",
  "dependentSchemas",
  "else",
  "items",
  "prefixItems",
  "properties",
  "then",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

function fault(errors: { keyword: string; instanceLocation: string; error: string }[]): string {
  const { keyword, instanceLocation, error } = errors.find(({ keyword }) => !AROUND.has(keyword)) ??
    errors.at(-1)!;
  const field = instanceLocation.replace(/^#/, "");
  const what = keyword === "false" ? "is not allowed" : error.replace(/\.$/, "");
  return `${field === "" ? "" : `, ${field}`}: ${what}`;
}
