import { FlowError } from "../../shared/flow_error.ts";
import type { Prompt } from "./prompt.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { schemaMismatch } from "../schema/schema_mismatch.ts";

/** With this in a rendered prompt, Dotprompt begins a message of another role, or a media part. */
const MARKER = "<<<dotprompt:";

/**
 * Makes the input of a prompt from what a caller sent: defaults filled in, checked against the
 * prompt's schema. (Genkit does neither.)
 *
 * @throws {FlowError} INVALID_ARGUMENT with the field and what should be there.
 */
export function promptInput(sent: unknown, { schema, defaults }: Prompt["input"]): unknown {
  const value = sent === undefined || sent === null
    ? { ...defaults }
    : isObject(sent)
    ? { ...defaults, ...sent }
    : sent;
  const mismatch = schema === undefined
    ? isObject(value) ? undefined : "it must be an object"
    : schemaMismatch(value, schema);
  if (mismatch !== undefined) throw invalid(mismatch);
  if (hasMarker(value)) throw invalid(`it must not hold "${MARKER}", which templates are built on`);
  return value;
}

function invalid(mismatch: string): FlowError {
  return new FlowError("INVALID_ARGUMENT", `The input is not valid: ${mismatch}`);
}

function isObject(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasMarker(value: unknown): boolean {
  if (typeof value === "string") return value.includes(MARKER);
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key.includes(MARKER) || hasMarker(inner));
}
