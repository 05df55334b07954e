import assert from "assert";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import type { WatchEvent } from "../../../../operator/kubernetes/client.ts";
import { readWatch } from "../../../../operator/kubernetes/read_watch.ts";

const line = (type: string, object: unknown) => JSON.stringify({ type, object }) + "\n";
const pod = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });

/** Reads a body of these chunks: the events until its end or error. */
async function read(...chunks: (string | Uint8Array)[]) {
  const encoder = new TextEncoder();
  const body = ReadableStream.from(
    chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk),
  );
  const events: WatchEvent[] = [];
  try {
    for await (const event of readWatch(body, "watch Pod")) events.push(event);
    return { events, error: undefined };
  } catch (error) {
    assert.ok(error instanceof ApiError, `${error}`);
    return { events, error };
  }
}

Deno.test("each line is an event", async () => {
  const { events, error } = await read(
    line("ADDED", pod("a", "1")) + line("MODIFIED", pod("a", "2")),
    line("BOOKMARK", { metadata: { resourceVersion: "5" } }) + line("DELETED", pod("a", "6")),
  );
  assert.equal(error, undefined);
  assert.deepEqual(events, [
    { type: "ADDED", object: pod("a", "1") },
    { type: "MODIFIED", object: pod("a", "2") },
    { type: "BOOKMARK", resourceVersion: "5" },
    { type: "DELETED", object: pod("a", "6") },
  ]);
});

Deno.test("lines may be cut anywhere, in the middle of a character too", async () => {
  const bytes = new TextEncoder().encode(line("ADDED", pod("größe", "1")));
  const { events } = await read(...[...bytes].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(events, [{ type: "ADDED", object: pod("größe", "1") }]);
});

Deno.test("a last line without an end is not told, and no error", async () => {
  const { events, error } = await read(line("ADDED", pod("a", "1")) + `{"type":"ADDED","obj`);
  assert.equal(events.length, 1);
  assert.equal(error, undefined);
});

Deno.test("an ERROR event is an error, with the code and reason of its Status", async () => {
  const status = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
  const { events, error } = await read(line("ADDED", pod("a", "1")) + line("ERROR", status));
  assert.equal(events.length, 1);
  assert.deepEqual(
    [error?.message, error?.status, error?.reason],
    ["Cannot watch Pod: 410 Expired: too old", 410, "Expired"],
  );
});

for (
  const [what, bad, message] of [
    ["no JSON", `{"type":"ADDED",sesame\n`, "a line is no JSON"],
    ["null", "null\n", "a line is no event"],
    ["of an unknown type", line("CHANGED", pod("a", "1")), "a line is no event"],
    ["without an object", line("ADDED", undefined), "a line is no event"],
    ["without a name", line("ADDED", { metadata: {} }), "a line is no event"],
    ["a bookmark of no version", line("BOOKMARK", { metadata: {} }), "a line is no event"],
    ["endless", "x".repeat(9 * 1024 * 1024), "a line has no end"],
  ] as const
) {
  Deno.test(`a line that is ${what} is an error, and nothing after it is told`, async () => {
    const { events, error } = await read(
      line("ADDED", pod("a", "1")) + bad,
      line("ADDED", pod("b", "2")),
    );
    assert.equal(events.length, 1);
    assert.deepEqual(
      [error?.message, error?.status, error?.reason],
      [`Cannot watch Pod: ${message}`, 0, "BadLine"],
    );
    assert.ok(!Deno.inspect(error).includes("sesame"), "the line is not quoted");
  });
}
