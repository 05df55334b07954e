import type { z } from "zod";
import { suggestion } from "../nearest.ts";
import { showValue } from "./show_value.ts";

const EXPECTED: Record<string, string> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  nonoptional: "set",
};

const UNIT: Record<string, [one: string, many: string]> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

/**
 * Words one of zod's issues for a person: what is, what should be. Gives undefined for an issue
 * that already has its own words.
 */
export function describeIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type": {
      const expected = EXPECTED[issue.expected] ?? issue.expected;
      if (issue.input === undefined) return `is missing, should be ${expected}`;
      const quoted = issue.expected === "string" && isScalar(issue.input)
        ? `: write "${issue.input}" with quotes`
        : "";
      return `is ${showValue(issue.input)}, should be ${expected}${quoted}`;
    }
    case "invalid_value": {
      const values = issue.values.map(String);
      const near = typeof issue.input === "string" ? suggestion(issue.input, values) : "";
      const is = issue.input === undefined ? "missing" : showValue(issue.input);
      const oneOf = values.length === 1 ? "" : "one of ";
      return `is ${is}, should be ${oneOf}${values.join(", ")}${near}`;
    }
    case "too_small":
      if (issue.origin === "string" && issue.minimum === 1) return "is empty, should not be";
      return `${size(issue.input)}, should ${bound(issue.origin, "at least", issue.minimum)}`;
    case "too_big":
      return `${size(issue.input)}, should ${bound(issue.origin, "at most", issue.maximum)}`;
    case "invalid_format":
      return `is ${showValue(issue.input)}, should match ${issue.pattern ?? issue.format}`;
  }
}

function isScalar(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

function size(input: unknown): string {
  if (typeof input === "string") return `has ${count("string", input.length)}`;
  if (Array.isArray(input)) return `has ${count("array", input.length)}`;
  return `is ${input}`;
}

function bound(origin: string, atLeast: string, limit: number | bigint): string {
  return origin in UNIT ? `have ${atLeast} ${count(origin, limit)}` : `be ${atLeast} ${limit}`;
}

function count(origin: string, amount: number | bigint): string {
  const [one, many] = UNIT[origin]!;
  return `${amount} ${Number(amount) === 1 ? one : many}`;
}
