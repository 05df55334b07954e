import assert from "assert";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { callMain, echoFlow, flowDefinition, runningCall, textOf } from "./flow_definition.ts";

const told = (echo: Record<string, unknown>): Partial<RuntimeConfig> => ({
  plugin: { type: "echo", extraConfig: { echo } },
});

/** Watches for a timer of so many milliseconds to be started. */
function timerOf(wanted: number) {
  const { setTimeout } = globalThis;
  const { promise: started, resolve } = Promise.withResolvers<void>();
  globalThis.setTimeout = ((run: () => void, ms: number) => {
    if (ms === wanted) resolve();
    return setTimeout(run, ms);
  }) as typeof setTimeout;
  return { started, [Symbol.dispose]: () => void (globalThis.setTimeout = setTimeout) };
}

Deno.test("echo answers with the prompt as it was rendered, always the same", async () => {
  const flow = await echoFlow({ main: "Hello {{name}}, how are you?" });
  const usage = { inputTokens: 5, outputTokens: 5 };
  const expected = { text: "Hello Ann, how are you?", usage };
  assert.deepEqual(await callMain(flow, { name: "Ann" }), expected);
  assert.deepEqual(await callMain(flow, { name: "Ann" }), expected);
});

Deno.test("echo answers the last user's text, and a system's where there is no other", async () => {
  const both =
    '{{role "system"}}Be brief.{{role "user"}}One{{role "model"}}Two{{role "user"}}Three';
  assert.equal(await textOf(await echoFlow({ main: both })), "Three");
  assert.equal(await textOf(await echoFlow({ main: '{{role "system"}}Be brief.' })), "Be brief.");
});

Deno.test("echo streams word by word", async () => {
  const flow = await echoFlow({ main: "One two\n  three" });
  const texts: unknown[] = [];
  const window = new StreamWindow((chunk) => texts.push(chunk));
  const { text } = await flow.call("main", { input: {} }, { ...runningCall(), window });
  const chunk = (text: string) => ({ role: "model", index: 0, content: [{ text }] });
  assert.deepEqual(texts, [chunk("One"), chunk(" two"), chunk("\n  three")]);
  assert.equal(text, "One two\n  three");
});

Deno.test("echo answers a declared JSON output with a sample that fits", async () => {
  const flow = await echoFlow({
    main: "---\noutput:\n  schema:\n    color(enum): [red, green]\n    size?: integer\n" +
      "    tags(array): string\n---\nx",
  });
  const { output, text } = await callMain(flow);
  assert.deepEqual(output, { color: "red", size: 1, tags: ["tag"] });
  assert.deepEqual(JSON.parse(text), output);
});

for (const format of ["json", "array", "jsonl", "enum", "text"]) {
  Deno.test(`echo answers the output format ${format}`, async () => {
    const schemas: Record<string, unknown> = {
      array: { type: "array", items: { type: "object", properties: { a: { type: "integer" } } } },
      enum: { type: "string", enum: ["RED", "BLUE"] },
    };
    const schema = schemas[format === "jsonl" ? "array" : format];
    const output = JSON.stringify({ format, ...schema !== undefined && { schema } });
    const flow = await echoFlow({ main: `---\noutput: ${output}\n---\nHi` });
    const answers: Record<string, unknown> = {
      json: { text: '{"text":"Hi"}', output: { text: "Hi" } },
      array: { text: '[{"a":1}]', output: [{ a: 1 }] },
      jsonl: { text: '{"a":1}', output: [{ a: 1 }] },
      enum: { text: "RED" },
      text: { text: "Hi" },
    };
    const { usage: _, ...answer } = await callMain(flow);
    assert.deepEqual(answer, answers[format]);
  });
}

Deno.test("echo can be told a text", async (t) => {
  await t.step("by the PluginConfig", async () => {
    const flow = await echoFlow({ main: "Hi" }, { config: told({ text: "Bye" }) });
    assert.equal(await textOf(flow), "Bye");
  });
  await t.step("by the Model, which goes before the PluginConfig", async () => {
    const defaultModel = { provider: "echo", model: "echo", config: { text: "Ciao" } };
    const config = { ...told({ text: "Bye" }), defaultModel };
    assert.equal(await textOf(await echoFlow({ main: "Hi" }, { config })), "Ciao");
  });
  await t.step("by the prompt, which goes before both", async () => {
    const config = told({ text: "Bye" });
    const main = "---\nconfig:\n  text: Salut\n---\nHi";
    assert.equal(await textOf(await echoFlow({ main }, { config })), "Salut");
  });
});

Deno.test("echo can be told to fail", async () => {
  const fail = { status: "RESOURCE_EXHAUSTED", message: "Too many" };
  const flow = await echoFlow({ main: "Hi" }, { config: told({ fail }) });
  await assert.rejects(callMain(flow), { ...fail, http: 429 });
});

for (const setting of ["delayMs", "chunkDelayMs"]) {
  Deno.test(`echo waits ${setting}, and stops waiting when the call is cancelled`, async () => {
    const settings = { [setting]: 3_600_000 };
    const flow = await echoFlow({ main: "Hi" }, { config: told(settings) });
    using timer = timerOf(3_600_000);
    const controller = new AbortController();
    const window = new StreamWindow(() => {});
    const running = { ...runningCall(controller.signal), window };
    const call = flow.call("main", { input: {} }, running);
    await timer.started;
    controller.abort();
    await assert.rejects(call, { status: "CANCELLED" });
  });
}

Deno.test("echo can be told to call a tool, and answers with its result", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => Response.json({ got: await request.json() }),
  );
  const inputSchema = { type: "object", properties: { city: { type: "string" } } };
  const flow = await loadFlow({
    definition: flowDefinition({ main: "Hi" }, {
      config: told({ callTool: "weather" }),
      tools: [{
        definition: { name: "weather", inputSchema },
        implementation: { http: { url: `http://127.0.0.1:${server.addr.port}/` } },
      }],
    }),
    credentials: {},
  });
  assert.equal(await textOf(flow), '{"got":{"city":"city"}}');
  await server.shutdown();
});

Deno.test("echo passes over settings of the provider in whose place it answers", async () => {
  const main = "---\nmodel: openai/gpt-5\nconfig:\n  temperature: 0.2\n  text: {verbosity: low}\n" +
    "---\nHi";
  assert.equal(await textOf(await echoFlow({ main })), "Hi");
});
