import { isJsonObject } from "../flows/resolve_model.ts";

/** Gives a JSON object as it is, and an empty one for anything else. */
export function asObject(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}
