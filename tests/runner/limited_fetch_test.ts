import assert from "assert";
import { limitedFetch } from "../../runner/sandbox/limited_fetch.ts";
import { runningCall } from "../../runner/sandbox/running_call.ts";
import { STREAM_WINDOW } from "../../runner/host/sandbox_messages.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { runningCall as aCall } from "./flow_definition.ts";

/** A fetch that answers with `chunks`, and says when it is cancelled. */
function fakeFetch(chunks: string[], headers: Record<string, string> = {}) {
  let read = 0;
  let cancelled = false;
  const body = () =>
    new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        const chunk = chunks[read++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
      cancel: () => void (cancelled = true),
    }, { highWaterMark: 0 });
  return {
    fetch: () => Promise.resolve(new Response(body(), { status: 201, headers })),
    get read() {
      return read;
    },
    get cancelled() {
      return cancelled;
    },
  };
}

Deno.test("a response within the limit is as it was", async () => {
  const { fetch } = fakeFetch(["12345", "67890"], { "x-a": "b" });
  const response = await limitedFetch(fetch, 10)("http://host/");
  assert.equal(response.status, 201);
  assert.equal(response.headers.get("x-a"), "b");
  assert.equal(await response.text(), "1234567890");
});

const lengths: Record<string, Record<string, string>> = {
  "of unknown length": {},
  "that says its length": { "content-length": "11" },
  "that says a shorter length before compression": {
    "content-length": "5",
    "content-encoding": "gzip",
  },
};
for (const [name, headers] of Object.entries(lengths)) {
  Deno.test(`a response ${name} is cut off beyond the limit`, async () => {
    const upstream = fakeFetch(["12345", "67890", "1", "2"], headers);
    const response = await limitedFetch(upstream.fetch, 10)("http://host/");
    await assert.rejects(response.text(), {
      status: "INTERNAL",
      http: 502,
      message: "The provider's answer is longer than 10 bytes",
    });
    assert.equal(upstream.cancelled, true);
  });
}

Deno.test("a response of a streamed call is read no faster than its caller takes chunks", async () => {
  const upstream = fakeFetch(["1", "2", "3"]);
  const window = new StreamWindow(() => {});
  const fetch = limitedFetch(upstream.fetch);
  const response = await runningCall.run({ ...aCall(), window }, () => fetch("http://host/"));
  const reader = response.body!.getReader();
  await reader.read();
  for (let i = 0; i < STREAM_WINDOW; i++) window.push(i);
  const next = reader.read();
  await new Promise<void>((resolve) => setTimeout(resolve));
  assert.equal(upstream.read, 1);
  window.give(1);
  await next;
  assert.equal(upstream.read, 2);
});
