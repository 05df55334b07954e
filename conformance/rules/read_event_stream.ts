import type { Answer } from "../request.ts";
import { describeAnswer } from "../request.ts";
import { expect, RuleBroken } from "../rule.ts";

/**
 * Reads a stream of server-sent events as strictly as Genkit's own client, which takes nothing but
 * `data: ` and JSON, with an empty line between two (genkit/beta/client, 1.42).
 *
 * @throws {RuleBroken} where that client could not read it.
 */
export function readEventStream(answer: Answer): Record<string, unknown>[] {
  const type = answer.headers.get("content-type") ?? "";
  expect(
    answer.status === 200 && type.startsWith("text/event-stream"),
    `a stream was asked for, and it gave ${describeAnswer(answer)} as "${type}", ` +
      `it should be 200 as text/event-stream`,
  );
  const events = answer.body.split("\n\n").filter((event) => event !== "");
  return events.map((event) => {
    try {
      expect(event.startsWith("data: "), "");
      return JSON.parse(event.slice("data: ".length));
    } catch {
      throw new RuleBroken(
        `the stream has ${JSON.stringify(event.slice(0, 160))}, ` +
          `each event should be "data: ", JSON and an empty line`,
      );
    }
  });
}
