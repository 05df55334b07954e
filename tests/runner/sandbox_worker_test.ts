/** The program of a sandbox as it runs: bundled, as a process, with its real permissions. */
import assert from "assert";
import { STREAM_WINDOW } from "../../runner/host/sandbox_messages.ts";
import { flowDefinition } from "./flow_definition.ts";
import { event, geminiServer, KEY } from "./gemini_server.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

const hello = flowDefinition({ main: "Hello {{name}}" });
const patient = (settings: Record<string, unknown>, prompts = { main: "Hello {{name}}" }) =>
  flowDefinition(prompts, {
    config: { plugin: { type: "echo", extraConfig: { echo: settings } } },
  });
const many = (words: number) => ({ name: "word ".repeat(words) });

Deno.test("a sandbox loads flows and answers calls", async () => {
  await using sandbox = await startSandboxDriver();
  const loaded = await sandbox.load({ flow: "1", definition: hello, credentials: {} });
  assert.deepEqual(loaded, {
    type: "loaded",
    flow: "1",
    prompts: [{ name: "main", output: "text" }],
    warnings: [],
  });
  const call = { flow: "1", prompt: "main", stream: false };
  assert.deepEqual(await sandbox.call({ ...call, call: 1, input: { name: "Ann" } }), {
    type: "result",
    call: 1,
    result: { text: "Hello Ann", usage: { inputTokens: 2, outputTokens: 2 } },
  });
  assert.deepEqual(await sandbox.call({ ...call, call: 2, input: "Ann" }), {
    type: "error",
    call: 2,
    error: {
      status: "INVALID_ARGUMENT",
      message: "The input is not valid: it must be an object",
    },
  });
  await sandbox.end();
  assert.equal(await sandbox.errors, "", "it prints nothing of its own");
});

Deno.test("a sandbox refuses a flow with the reason, and goes on", async () => {
  await using sandbox = await startSandboxDriver();
  const definition = flowDefinition({ main: "{{#if}}" });
  const refused = await sandbox.load({ flow: "1", definition, credentials: {} });
  assert.equal(refused.type, "refused");
  assert.match(refused.type === "refused" ? refused.reason : "", /^prompts\/main\.prompt: line 1/);
  assert.equal(
    (await sandbox.load({ flow: "2", definition: hello, credentials: {} })).type,
    "loaded",
  );
});

Deno.test("a sandbox runs googleai with no permission but its host", async () => {
  await using gemini = await geminiServer(() => [{ text: "Hello" }, { text: " Ann" }]);
  await using other = await geminiServer(() => [{ text: "never" }]);
  await using sandbox = await startSandboxDriver([gemini.host]);
  const definition = (baseURL: string) =>
    flowDefinition({ main: "Greet {{name}}" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL } },
        defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
      },
    });
  const credentials = { GEMINI_API_KEY: KEY };
  await sandbox.load({ flow: "1", definition: definition(gemini.url), credentials });
  const call = { flow: "1", prompt: "main", input: { name: "Ann" } };
  const usage = { inputTokens: 7, outputTokens: 3 };
  for (const stream of [false, true]) {
    assert.deepEqual(await sandbox.call({ ...call, call: Number(stream), stream }), {
      type: "result",
      call: Number(stream),
      result: { text: "Hello Ann", usage },
    });
  }
  const chunks = sandbox.said.filter(({ type }) => type === "chunk");
  assert.equal(chunks.length, 2);

  // A load after a call: Genkit defines nothing in the async context of a call.
  const loaded = await sandbox.load({ flow: "2", definition: definition(other.url), credentials });
  assert.equal(loaded.type, "loaded");
  const refused = await sandbox.call({ ...call, flow: "2", call: 9, stream: false });
  assert.deepEqual(refused, {
    type: "error",
    call: 9,
    error: {
      status: "PERMISSION_DENIED",
      message: 'The provider "googleai" is at a host that the flow may not reach',
    },
  });
  assert.equal(other.requests.length, 0);
});

Deno.test("a streamed answer waits for its caller", async () => {
  await using sandbox = await startSandboxDriver();
  await sandbox.load({ flow: "1", definition: hello, credentials: {} });
  sandbox.say({
    type: "call",
    call: 1,
    flow: "1",
    prompt: "main",
    input: many(STREAM_WINDOW + 9),
    stream: true,
  });
  // Answered after the chunks that are on their way.
  const chunks = () => sandbox.said.filter(({ type }) => type === "chunk").length;
  for (let i = 0; i < STREAM_WINDOW; i++) await sandbox.next("chunk");
  sandbox.say({ type: "ping", ping: 1 });
  await sandbox.next("pong");
  assert.equal(chunks(), STREAM_WINDOW);
  sandbox.say({ type: "credit", call: 1, chunks: 2 });
  await sandbox.next("chunk");
  await sandbox.next("chunk");
  sandbox.say({ type: "ping", ping: 2 });
  await sandbox.next("pong");
  assert.equal(chunks(), STREAM_WINDOW + 2);
  sandbox.say({ type: "credit", call: 1, chunks: 100 });
  await sandbox.next("result");
  assert.equal(chunks(), STREAM_WINDOW + 10);
  assert.equal(sandbox.said.at(-1)!.type, "result", "the result comes after the last chunk");
});

Deno.test("the result comes after the last chunk, also where they all came at once", async () => {
  const words = Array.from({ length: STREAM_WINDOW + 10 }, (_, i) => ({ text: `${i} ` }));
  const events = words.map((word, i) => event([word], i === words.length - 1)).join("");
  await using gemini = await geminiServer(() =>
    new Response(events, {
      headers: { "content-type": "text/event-stream", "content-length": `${events.length}` },
    })
  );
  await using sandbox = await startSandboxDriver([gemini.host]);
  const definition = flowDefinition({ main: "Count" }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
  });
  await sandbox.load({ flow: "1", definition, credentials: { GEMINI_API_KEY: KEY } });
  sandbox.say({ type: "call", call: 1, flow: "1", prompt: "main", input: {}, stream: true });
  for (let i = 0; i < STREAM_WINDOW; i++) await sandbox.next("chunk");
  sandbox.say({ type: "credit", call: 1, chunks: 5 });
  for (let i = 0; i < 5; i++) await sandbox.next("chunk");
  sandbox.say({ type: "credit", call: 1, chunks: 100 });
  const { result } = await sandbox.next("result");
  assert.equal(result.text, words.map(({ text }) => text).join(""));
  const types = sandbox.said.map(({ type }) => type).filter((type) => type !== "log");
  assert.equal(types.lastIndexOf("chunk"), types.length - 2);
  assert.equal(types.filter((type) => type === "chunk").length, words.length);
});

const waits: Record<string, [definition: ReturnType<typeof patient>, input: unknown]> = {
  "for its provider": [patient({ delayMs: 3_600_000 }), {}],
  "for its caller": [hello, many(STREAM_WINDOW * 2)],
};
for (const [what, [definition, input]] of Object.entries(waits)) {
  Deno.test(`a call that waits ${what} ends when it is cancelled`, async () => {
    await using sandbox = await startSandboxDriver();
    await sandbox.load({ flow: "1", definition, credentials: {} });
    const call = sandbox.call({ call: 1, flow: "1", prompt: "main", input, stream: true });
    sandbox.say({ type: "ping", ping: 1 });
    await sandbox.next("pong");
    sandbox.say({ type: "cancel", call: 1 });
    const error = { status: "CANCELLED", message: "The call was cancelled" };
    assert.deepEqual(await call, { type: "error", call: 1, error });
  });
}

Deno.test("an unloaded flow takes no more calls, and ends those in flight", async () => {
  await using sandbox = await startSandboxDriver();
  await sandbox.load({ flow: "1", definition: patient({ delayMs: 100 }), credentials: {} });
  const call = { flow: "1", prompt: "main", input: { name: "Ann" }, stream: false };
  const inFlight = sandbox.call({ ...call, call: 1 });
  sandbox.say({ type: "unload", flow: "1" });
  const late = await sandbox.call({ ...call, call: 2 });
  const error = { status: "NOT_FOUND", message: 'The flow "1" is not loaded' };
  assert.deepEqual(late, { type: "error", call: 2, error });
  assert.equal((await inFlight).type, "result");
});

Deno.test("a sandbox tells its memory when it is asked", async () => {
  await using sandbox = await startSandboxDriver();
  sandbox.say({ type: "ping", ping: 7 });
  const { ping, residentBytes } = await sandbox.next("pong");
  assert.equal(ping, 7);
  assert.ok(residentBytes > 1e6);
});

Deno.test("what a sandbox does not understand is a line of the log", async () => {
  await using sandbox = await startSandboxDriver();
  await sandbox.sayRaw('{"type": "dance"}\nnull\n7\nnot JSON\n{"type": "cancel", "call": 99}\n');
  const log = async () => {
    const { level, message } = await sandbox.next("log");
    return `${level} ${message}`;
  };
  assert.equal(await log(), 'warn A message of the unknown type "dance" is passed over');
  assert.equal(await log(), "warn A message of the unknown type undefined is passed over");
  assert.equal(await log(), "warn A message of the unknown type undefined is passed over");
  assert.equal(await log(), "warn A line that is not JSON is passed over");
  sandbox.say({ type: "ping", ping: 1 });
  await sandbox.next("pong");
});

Deno.test("a sandbox ends when its input ends", async () => {
  await using sandbox = await startSandboxDriver();
  await sandbox.load({ flow: "1", definition: patient({ delayMs: 3_600_000 }), credentials: {} });
  sandbox.say({ type: "call", call: 1, flow: "1", prompt: "main", input: {}, stream: false });
  await sandbox.end();
  assert.equal((await sandbox.ended).code, 0);
});

Deno.test("trap 3: Genkit ends the process on SIGTERM and SIGINT", async (t) => {
  await using sandbox = await startSandboxDriver();
  await sandbox.load({ flow: "1", definition: hello, credentials: {} });
  await t.step("a SIGINT is passed over: a terminal sends it to all processes", async () => {
    sandbox.kill("SIGINT");
    sandbox.say({ type: "ping", ping: 1 });
    await sandbox.next("pong");
  });
  await t.step("a SIGTERM is not caught", async () => {
    sandbox.kill("SIGTERM");
    assert.equal((await sandbox.ended).signal, "SIGTERM");
  });
});

Deno.test("that libraries print is for the debug log, what they print for nobody", async () => {
  await using gemini = await geminiServer(() => new Response(`no ${KEY}`, { status: 503 }));
  await using sandbox = await startSandboxDriver([gemini.host]);
  const definition = flowDefinition({ main: "Hi" }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
  });
  await sandbox.load({ flow: "1", definition, credentials: { GEMINI_API_KEY: KEY } });
  await sandbox.call({ call: 1, flow: "1", prompt: "main", input: {}, stream: false });
  const logged = sandbox.said.filter((message) => message.type === "log");
  assert.ok(logged.length > 0);
  assert.deepEqual(logged.filter(({ level }) => level !== "debug"), []);
  for (const { message } of logged) {
    assert.match(
      String(message),
      /^A library printed \d+ characters by console\.\w+, which are not/,
    );
  }
  await sandbox.end();
  assert.equal(await sandbox.errors, "");
});
