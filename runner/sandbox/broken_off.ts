import { asSchema } from "../schema/json_schema.ts";

/**
 * Refuses a Gemini answer whose stream ended before the model did: the last piece of each candidate
 * says why it finished. Genkit's plugins give what came until then as if it were the answer.
 *
 * @throws {Error} in the words that `providerFailure` knows a broken connection by.
 */
export function refuseBrokenOff({ custom }: { custom?: unknown }): void {
  const { candidates } = asSchema(custom);
  if (!Array.isArray(candidates)) return;
  if (candidates.some((candidate) => asSchema(candidate).finishReason === undefined)) {
    throw new Error("connection closed before the answer was complete");
  }
}
