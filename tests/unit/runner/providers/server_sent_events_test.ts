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
  "an event that is cut off": ["data: a\n\ndata: b\n", ["a"]],
  "letters of several bytes": ["data: grüezi 👋\n\n", ["grüezi 👋"]],
};
for (const [name, [text, events]] of Object.entries(cases)) {
  Deno.test(`readServerSentEvents: ${name}`, async () => {
    assert.deepEqual(await read(text), events);
    assert.deepEqual(await read(...text), events, "one letter at a time");
  });
}

Deno.test("readServerSentEvents: who stops early cancels the stream", async () => {
  const cancelled = Promise.withResolvers<void>();
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
    cancel: () => cancelled.resolve(),
  });
  for await (const _ of readServerSentEvents(stream)) break;
  await cancelled.promise;
});
