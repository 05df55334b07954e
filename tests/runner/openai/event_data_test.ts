import assert from "assert";
import { eventData } from "../../../runner/providers/openai/event_data.ts";

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

Deno.test("events end with [DONE], and the body is read on so that its connection serves again", async () => {
  const { body, end, isCancelled } = openBody("data: 1\n\ndata: [DO", "NE]\n\ndata: 2\n\n");
  assert.deepEqual(await Array.fromAsync(eventData(body)), ["1", "[DONE]"]);
  assert.equal(isCancelled(), false);
  end();
});

Deno.test("whoever stops reading events cancels the body", async () => {
  const { body, cancelled } = openBody("data: 1\n\ndata: 2\n\n");
  for await (const data of eventData(body)) {
    assert.equal(data, "1");
    break;
  }
  await cancelled;
});

Deno.test("an event of several lines of data is one", async () => {
  const { body, end } = openBody("id: 1\ndata: a\ndata:b\n: note\n\nevent: x\n\n");
  end();
  assert.deepEqual(await Array.fromAsync(eventData(body)), ["a\nb"]);
});
