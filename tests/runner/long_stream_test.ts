/** A provider's stream that lasts while the sandbox does much else, so that its garbage is collected. */
import assert from "assert";
import { flowDefinition } from "./flow_definition.ts";
import { providerServer } from "./provider_server.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

/** Short calls beside the stream. */
const CALLS = 2_000;
/** Of them in flight at once. */
const SIDE_BY_SIDE = 50;
/** Milliseconds after which a stream that goes on is taken to go on for ever. */
const PATIENCE = 60_000;

const encoder = new TextEncoder();

/** The first words of an endless answer, by provider. */
const WIRES: Record<string, { credential: string; events: unknown[] }> = {
  openai: {
    credential: "OPENAI_API_KEY",
    events: [{ choices: [{ index: 0, delta: { role: "assistant", content: "Once" } }] }],
  },
  anthropic: {
    credential: "ANTHROPIC_API_KEY",
    events: [
      { type: "message_start", message: { id: "m", role: "assistant", content: [], usage: {} } },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Once" } },
    ],
  },
  googleai: {
    credential: "GEMINI_API_KEY",
    events: [{ candidates: [{ index: 0, content: { role: "model", parts: [{ text: "Once" }] } }] }],
  },
};

for (const [type, { credential, events }] of Object.entries(WIRES)) {
  Deno.test(`${type}: who leaves a stream that has lasted for long ends it at the provider`, async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    await using server = await providerServer(({ signal }) => {
      asked.resolve(signal);
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          const said = events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
          controller.enqueue(encoder.encode(said.join("")));
        },
      });
      return new Response(body, { headers: { "content-type": "text/event-stream" } });
    });
    await using sandbox = await startSandboxDriver([new URL(server.url).host]);
    const loaded = await sandbox.load({
      flow: "long",
      definition: flowDefinition({ main: "Tell me a story" }, {
        config: {
          plugin: { type, extraConfig: { baseURL: server.url } },
          defaultModel: { provider: type, model: "some-model" },
        },
      }),
      credentials: { [credential]: "k" },
    });
    assert.equal(loaded.type, "loaded");
    const short = flowDefinition({ main: "Hello {{name}}" });
    await sandbox.load({ flow: "short", definition: short, credentials: {} });

    sandbox.say({ type: "call", call: 1, flow: "long", prompt: "main", input: {}, stream: true });
    const upstream = await asked.promise;
    await sandbox.next("chunk");
    sandbox.say({ type: "credit", call: 1, chunks: 1 });
    for (let call = 2; call < CALLS; call += SIDE_BY_SIDE) {
      await Promise.all(Array.from({ length: SIDE_BY_SIDE }, (_, index) =>
        sandbox.call({
          call: call + index,
          flow: "short",
          prompt: "main",
          input: { name: "Ann" },
          stream: false,
        })));
      sandbox.said.length = 0;
    }
    assert.equal(upstream.aborted, false);
    const end = Promise.withResolvers<string>();
    upstream.addEventListener("abort", () => end.resolve("ended"), { once: true });
    sandbox.say({ type: "cancel", call: 1 });
    const never = setTimeout(() => end.resolve("goes on"), PATIENCE);
    assert.equal(await end.promise, "ended");
    clearTimeout(never);
  });
}
