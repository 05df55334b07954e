import assert from "assert";
import { readServerSentEvents } from "../../../../runner/providers/server_sent_events.ts";

function read(...pieces: string[]): Promise<string[]> {
  const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
  return Array.fromAsync(readServerSentEvents(ReadableStream.from(bytes)));
}

const cases: Record<string, [text: string, events: string[]]> = {
  "line feeds": ["data: a\n\ndata: b\n\n", ["a", "b"]],
  "both": ["data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
  "carriage returns": ["data: a\r\rdata: b\r\r\n", ["a", "b"]],
  "names, ids and comments": ["event: x\nid: 1\n: ping\ndata: a\n\n", ["a"]],
  "data of several lines": ["data: a\ndata: b\n\n", ["a\nb"]],
  "data of several lines, with both line ends": ["data: a\r\ndata: b\r\n\r\n", ["a\nb"]],
  "no space, or two": ["data:a\n\ndata:  b\n\n", ["a", " b"]],
  "an event without data": ["event: x\n\ndata: a\n\n", ["a"]],
  "the last event without its blank line": ["data: a\n\ndata: b\n", ["a", "b"]],
  "an event that is cut off": ["data: a\n\ndata: b", ["a"]],
  "letters of several bytes": ["data: grüezi 👋\n\n", ["grüezi 👋"]],
};
for (const [name, [text, events]] of Object.entries(cases)) {
  Deno.test(`readServerSentEvents: ${name}`, async () => {
    assert.deepEqual(await read(text), events);
    assert.deepEqual(await read(...text), events, "one letter at a time");
  });
}

/** A body that stays open after these texts, and tells whether it was cancelled. */
function openBody(...texts: string[]) {
  const cancelled = Promise.withResolvers<void>();
  let isCancelled = false;
  let end = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const text of texts) controller.enqueue(new TextEncoder().encode(text));
      end = () => controller.close();
    },
    cancel() {
      isCancelled = true;
      cancelled.resolve();
    },
  });
  return { body, end: () => end(), cancelled: cancelled.promise, isCancelled: () => isCancelled };
}

Deno.test("readServerSentEvents: after the last event the body is read on, so that its connection serves again", async () => {
  const { body, end, isCancelled } = openBody("data: 1\n\ndata: [DO", "NE]\n\ndata: 2\n\n");
  const events = readServerSentEvents(body, { isLast: (data) => data === "[DONE]" });
  assert.deepEqual(await Array.fromAsync(events), ["1", "[DONE]"]);
  assert.equal(isCancelled(), false);
  end();
});

Deno.test("readServerSentEvents: who stops early cancels the stream", async () => {
  const { body, cancelled } = openBody("data: 1\n\ndata: 2\n\n");
  for await (const data of readServerSentEvents(body)) {
    assert.equal(data, "1");
    break;
  }
  await cancelled;
});
