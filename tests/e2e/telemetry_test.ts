import assert from "assert";
import { METRICS } from "../../runner/telemetry/metric_definitions.ts";
import { geminiError, geminiServer, KEY } from "../runner/gemini_server.ts";
import { genkitd } from "./genkitd.ts";
import { type OtlpCollector, otlpCollector } from "./otlp_collector.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const CALLER = `00-${TRACE_ID}-b7ad6b7169203331-01`;

/** The metrics of which a call of a model and a tool has something to tell. */
const USED: readonly string[] = Object.values(METRICS).map(({ name }) => name).filter((name) =>
  ![
    "genkitd.tokens.cached",
    "genkitd.tokens.estimated",
    "genkitd.model.retries",
    "genkitd.model.fallbacks",
    "genkitd.model.circuit_open",
    "genkitd.cache.requests",
    "genkitd.schedule.runs",
    "genkitd.schedule.next_run",
  ].includes(name)
);

/** What must never be told, wherever it stands. */
const PLANTED = {
  key: KEY,
  toolKey: "planted-tool-key-0123456789",
  prompt: "PLANTED-PROMPT",
  input: "PLANTED-INPUT",
  answer: "PLANTED-ANSWER",
  query: "PLANTED-QUERY",
  apiKey: "planted-caller-key-0123456789",
};

function objects(url: string): string {
  return `apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { GEMINI_API_KEY: "${PLANTED.key}" }
---
apiVersion: v1
kind: Secret
metadata: { name: tool-headers }
stringData: { x-goog-api-key: "${PLANTED.key}", x-tool-key: "${PLANTED.toolKey}" }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: gemini }
spec: { type: googleai, credentialsRef: { name: keys }, extraConfig: { baseURL: "${url}" } }
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: look }
spec:
  definition:
    name: look
    description: Looks at the sky
    inputSchema: { type: object }
  implementation:
    http: { url: "${url}/tool", method: POST, headersSecretRef: { name: tool-headers } }
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: greeter }
spec:
  image: example.com/runner
  modelSpec: { provider: googleai, model: gemini-2.0-flash, pluginConfigRef: { name: gemini } }
  toolRefs: [{ name: look }]
  prompts:
    - prompt:
        name: greeting
        content: |
          ---
          input: { schema: { name: string } }
          config: { temperature: 0.5, maxOutputTokens: 64 }
          ---
          ${PLANTED.prompt}: greet {{name}}
`;
}

/** Serves a flow with a tool on a Gemini server, with all of its outputs at hand. */
async function served(collector: OtlpCollector, args: string[] = []) {
  let fails = false;
  const gemini = await geminiServer(({ path, body }) =>
    path === "/tool"
      ? Response.json({ sky: PLANTED.answer })
      : fails
      ? geminiError(503, "UNAVAILABLE")
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: { at: PLANTED.input } } }]
      : [{ text: PLANTED.answer }]
  );
  const file = await Deno.makeTempFile({ prefix: "genkitd-telemetry-", suffix: ".yaml" });
  await Deno.writeTextFile(file, objects(gemini.url));
  const server = await genkitd(
    [
      ...["serve", file, "--port", "0", "--no-watch", "--log-level", "debug"],
      ...["--metrics-port", "0", ...args],
    ],
    { env: collector.env },
  );
  const [, metricsUrl = ""] = await server.saw(/Metrics are at (http\S+)/);
  const call = (query = "", body: unknown = { name: PLANTED.input }) =>
    fetch(`${server.url}/greeter?q=${PLANTED.query}${query}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: {
        traceparent: CALLER,
        tracestate: "a=1",
        authorization: `Bearer ${PLANTED.apiKey}`,
      },
    });
  return {
    server,
    gemini,
    call,
    metrics: async () => await (await fetch(metricsUrl)).text(),
    fail: () => void (fails = true),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await gemini[Symbol.asyncDispose]();
      await Deno.remove(file);
    },
  };
}

Deno.test("telemetry: a call can be followed from its caller to the provider and the tool", async (t) => {
  await using collector = otlpCollector();
  await using running = await served(collector);
  const { call, gemini, metrics, fail, server } = running;
  assert.equal(await (await call()).text(), PLANTED.answer);
  assert.match(await (await call("&stream=true")).text(), /"result"/);
  assert.equal((await call("", { nam: PLANTED.input })).status, 400);
  fail();
  const failed = await call();
  assert.equal(failed.status, 503);
  const answers = await failed.text();
  const spans = () => collector.spans().filter(({ scope }) => scope === "genkitd");
  await collector.until(() => spans().length >= 11);
  // Each export has what was counted before it: all is there only with one after the last call.
  await collector.until(() => USED.every((name) => collector.metrics("genkitd").has(name)));
  const text = await metrics();

  await t.step("the server's span is below the caller's, the steps are below it", () => {
    const servers = spans().filter(({ kind }) => kind === 2);
    assert.deepEqual(servers.map(({ name }) => name), Array(4).fill("POST /greeter"));
    for (const { traceId, parentSpanId } of servers) {
      assert.deepEqual([traceId, parentSpanId], [TRACE_ID, "b7ad6b7169203331"]);
    }
    const below = (id: string) => spans().filter(({ parentSpanId }) => parentSpanId === id);
    const chat = "chat gemini-2.0-flash";
    assert.deepEqual(below(servers[0]!.spanId).map(({ name }) => name), [
      chat,
      "execute_tool look",
      chat,
    ]);
    const [first] = below(servers[0]!.spanId);
    assert.equal(first!.attributes["gen_ai.provider.name"], "gcp.gemini");
    assert.equal(first!.attributes["server.address"], "127.0.0.1");
    assert.equal(first!.attributes["server.port"], new URL(gemini.url).port);
    assert.equal(first!.attributes["gen_ai.request.temperature"], 0.5);
    assert.equal(first!.attributes["gen_ai.request.max_tokens"], "64");
    assert.equal(first!.attributes["gen_ai.response.model"], "gemini-2.0-flash");
    assert.equal(first!.attributes["gen_ai.usage.input_tokens"], "7");
    assert.equal(first!.attributes["gen_ai.usage.output_tokens"], "3");
    assert.equal(below(servers[3]!.spanId)[0]!.attributes["error.type"], "UNAVAILABLE");
  });

  await t.step("the provider and the tool are asked below the server's span", () => {
    const [{ spanId } = { spanId: "" }] = spans().filter(({ kind }) => kind === 2);
    const sent = { traceparent: `00-${TRACE_ID}-${spanId}-01`, tracestate: "a=1" };
    assert.deepEqual(gemini.requests.slice(0, 3).map(({ trace }) => trace), [sent, sent, sent]);
  });

  await t.step("Deno's own span, which has the query, is not exported beside it", () => {
    const others = collector.spans().filter(({ scope, kind }) => scope !== "genkitd" && kind === 2);
    assert.deepEqual(others, []);
  });

  await t.step("metrics go to the collector and to /metrics alike", () => {
    assert.deepEqual([...collector.metrics("genkitd")].sort(), USED.toSorted());
    assert.match(text, /genkitd_request_duration_seconds_count\{.*status_code="200"\} 2\n/);
    assert.match(
      text,
      /gen_ai_client_token_usage_sum\{.*type="input",server_address="127.0.0.1",server_port="\d+",genkitd_flow="greeter"\} 28\n/,
    );
    assert.match(text, /gen_ai_execute_tool_duration_seconds_count\{.*"look".*\} 2\n/);
    assert.match(text, /genkitd_sandbox_memory_bytes\{genkitd_sandbox="1"\} \d{7,}\n/);
  });

  await t.step("no key, prompt, input, answer, query or stack is in any of it", () => {
    const outputs = { collector: collector.bodies(), metrics: text, log: server.output(), answers };
    for (const [output, said] of Object.entries(outputs)) {
      assert.ok(said.length > 100, `${output} is there`);
      for (const [name, planted] of Object.entries(PLANTED)) {
        assert.ok(!said.includes(planted), `${output} holds the ${name}`);
      }
      assert.doesNotMatch(said, /\n\s+at \S+ \(|\.[tj]s:\d+:\d+/, `${output} holds a stack`);
    }
  });
});

Deno.test("telemetry: --record-content puts what models and tools were asked into spans, and no key", async () => {
  await using collector = otlpCollector();
  await using running = await served(collector, ["--record-content"]);
  const { call, metrics, server } = running;
  await (await call()).text();
  const spans = () => collector.spans().filter(({ scope }) => scope === "genkitd");
  await collector.until(() => spans().length >= 4);
  const [chat] = spans().filter(({ name }) => name.startsWith("chat"));
  assert.match(String(chat!.attributes["gen_ai.input.messages"]), /PLANTED-PROMPT: greet PLANTED/);
  const [tool] = spans().filter(({ name }) => name.startsWith("execute_tool"));
  assert.match(String(tool!.attributes["gen_ai.tool.call.result"]), /PLANTED-ANSWER/);
  for (const said of [await metrics(), server.output()]) assert.doesNotMatch(said, /PLANTED/);
  for (const planted of [PLANTED.key, PLANTED.toolKey, PLANTED.apiKey, PLANTED.query]) {
    assert.ok(!collector.bodies().includes(planted));
  }
});

/** Of the loopback network every address is this machine's, and no other test uses this one. */
const ADDRESS = "127.94.64.1";

Deno.test("telemetry: a runner whose usual port for metrics is taken serves all the same", async () => {
  using _taken = await listenOnceFree({ hostname: ADDRESS, port: 9464 });
  const root = await Deno.makeTempDir({ prefix: "genkitd-telemetry-" });
  await Deno.writeTextFile(`${root}/config.json`, "{}");
  const args = ["runner", "--root", root, "--host", ADDRESS, "--port", "0"];
  await using first = await genkitd(args);
  await first.saw(/"metrics are not served".*9464/);
  assert.equal((await fetch(`${first.url}/healthz`)).status, 200);
  const second = genkitd([...args, "--metrics-port", new URL(first.url).port]);
  await assert.rejects(second, /Cannot listen on 127\.94\.64\.1:\d+: the port is in use/);
  await Deno.remove(root, { recursive: true });
});

/**
 * Listens, as soon as nobody else does: the runners of other tests, which take the port at every
 * address, give it back when they end. Undefined where somebody keeps it, who takes it as well.
 */
async function listenOnceFree(
  options: Deno.TcpListenOptions,
): Promise<Deno.Listener | undefined> {
  const deadline = performance.now() + 60_000;
  do {
    try {
      return Deno.listen(options);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  } while (performance.now() < deadline);
}
