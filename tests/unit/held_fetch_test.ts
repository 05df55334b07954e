import assert from "assert";
import { heldFetch } from "../../shared/held_fetch.ts";

/** As many requests, beside the stream, as it takes for the garbage collector to have come by. */
const REQUESTS = 5_000;

const encoder = new TextEncoder();

/** Reads a body to its end; gives the name of what ended it before. */
async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  try {
    for await (const _ of body);
    return "its end";
  } catch (error) {
    return (error as Error).name;
  }
}

Deno.test("heldFetch: an abort ends a body that has long been read", async () => {
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    (request) =>
      request.url.endsWith("/stream")
        ? new Response(new ReadableStream({ start: (controller) => void (stream = controller) }))
        : Response.json({}),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const stop = new AbortController();
  const reading = heldFetch(`${url}/stream`, { signal: stop.signal })
    .then(({ body }) => read(body!));
  for (let request = 0; request < REQUESTS; request++) {
    await (await fetch(url)).text();
    stream.enqueue(encoder.encode("."));
  }
  stop.abort();
  // Where the abort is lost, the body goes on to its end.
  await new Promise((resolve) => setTimeout(resolve, 0));
  try {
    stream.close();
  } catch {
    // The abort has cancelled it.
  }
  assert.equal(await reading, "AbortError");
});

Deno.test("heldFetch: goes by Deno's own fetch, though it is put in the place of that", async () => {
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("hello"),
  );
  const own = globalThis.fetch;
  globalThis.fetch = heldFetch;
  try {
    assert.equal(await (await fetch(`http://127.0.0.1:${server.addr.port}`)).text(), "hello");
  } finally {
    globalThis.fetch = own;
  }
});
