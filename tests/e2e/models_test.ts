import assert from "assert";
import { anthropicError, messagesFormat } from "../runner/anthropic_wire.ts";
import {
  apiError,
  chatApiServer,
  event,
  eventStream,
  type Said,
} from "../runner/openai/chat_api_server.ts";
import { providerServer } from "../runner/provider_server.ts";
import { genkitd } from "./genkitd.ts";

const OPENAI_KEY = "sk-the-right-key";
const ANTHROPIC_KEY = "sk-ant-the-second-key";

/** A Flow of these Models, whose prompt greets. */
function flow(name: string, models: string[]): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  models: [${models.map((name) => `{ name: ${name} }`).join(", ")}]
  prompts: [{ prompt: { name: ${name}, content: "Greet {{name}}" } }]
`;
}

/** A Model with its PluginConfig and Secret. */
function model(name: string, provider: string, baseURL: string, credential: string, key: string) {
  return `apiVersion: genkit.dev/v1alpha1
kind: Model
metadata: { name: ${name} }
spec:
  provider: ${provider}
  model: ${name}
  pluginConfigRef: { name: ${name} }
  retry: { attempts: 2, backoffMilliseconds: 1 }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: ${name} }
spec:
  type: ${provider}
  extraConfig: { baseURL: "${baseURL}" }
  credentialsRef: { name: ${name}-keys }
---
apiVersion: v1
kind: Secret
metadata: { name: ${name}-keys }
stringData: { ${credential}: ${key} }
`;
}

function serve(...objects: string[]) {
  return serveWith([], objects);
}

async function serveWith(flags: string[], objects: string[]) {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-models-" });
  await Deno.writeTextFile(`${folder}/flows.yaml`, objects.join("---\n"));
  const args = ["serve", folder, "--port", "0", "--no-watch", "--metrics-port", "0", ...flags];
  const server = await genkitd(args);
  const [, metricsUrl] = await server.saw(/Metrics are at (\S+)/);
  return {
    url: server.url,
    post: (path: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
      fetch(server.url + path, {
        method: "POST",
        body: '{"name":"Ann"}',
        headers,
        ...signal && { signal },
      }),
    metrics: async () => await (await fetch(metricsUrl!)).text(),
    output: () => server.output(),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

Deno.test("serve: a flow of two models, each with its own key", async (t) => {
  let openai: () => Said | Response = () => apiError(503);
  await using first = await chatApiServer(() => openai(), { key: OPENAI_KEY });
  await using second = await providerServer((request) =>
    request.headers.get("x-api-key") === ANTHROPIC_KEY
      ? messagesFormat.answer(request, { texts: ["Bonjour, Ann"] })
      : anthropicError(401, { key: ANTHROPIC_KEY })
  );
  await using server = await serve(
    flow("greeter", ["gpt", "claude"]),
    model("gpt", "openai", `${first.url}/v1`, "OPENAI_API_KEY", OPENAI_KEY),
    model("claude", "anthropic", second.url, "ANTHROPIC_API_KEY", ANTHROPIC_KEY),
  );
  await t.step("the second answers where the first fails twice", async () => {
    assert.equal(await (await server.post("/greeter")).text(), "Bonjour, Ann");
    assert.equal(first.requests.length, 2);
    const metrics = await server.metrics();
    assert.match(metrics, /genkitd_model_retries_total\{.*gpt.*\} 1\n/);
    assert.match(metrics, /genkitd_model_fallbacks_total\{.*claude.*\} 1\n/);
  });
  await t.step(
    "a stream that breaks off ends in an error frame, and nobody else is asked",
    async () => {
      const broken = Promise.withResolvers<void>();
      const delta = { content: "Hello" };
      openai = () =>
        eventStream(
          [event({ choices: [{ index: 0, delta, finish_reason: null }] })],
          broken.promise,
        );
      const asked = second.requests.length;
      const response = await server.post("/greeter", { accept: "text/event-stream" });
      const frames = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await frames.read()).value!;
      broken.reject(new Error("broken off"));
      for (let next = await frames.read(); !next.done; next = await frames.read()) {
        text += next.value;
      }
      assert.match(text, /^data: \{"message":.*Hello/);
      assert.match(text, /\ndata: \{"error":\{"status":"UNAVAILABLE",[^\n]*\}\n\n$/);
      assert.equal(first.requests.length, 3);
      assert.equal(second.requests.length, asked);
    },
  );
  await t.step("no key is told", () => {
    assert.doesNotMatch(server.output(), /right-key|second-key/);
  });
});

Deno.test("serve: what a fallback answered is recorded, and replayed when no provider is there", async () => {
  const file = await Deno.makeTempFile({ prefix: "genkitd-models-", suffix: ".jsonl" });
  const streamed = { accept: "text/event-stream" };
  const answers: string[] = [];
  const objects: string[] = [];
  try {
    {
      await using first = await chatApiServer(() => apiError(503), { key: OPENAI_KEY });
      await using second = await providerServer((request) =>
        messagesFormat.answer(request, { texts: ["Bon", "jour"] })
      );
      objects.push(
        flow("greeter", ["gpt", "claude"]),
        model("gpt", "openai", `${first.url}/v1`, "OPENAI_API_KEY", OPENAI_KEY),
        model("claude", "anthropic", second.url, "ANTHROPIC_API_KEY", ANTHROPIC_KEY),
      );
      await using server = await serveWith(["--record", file], objects);
      answers.push(await (await server.post("/greeter", streamed)).text());
      answers.push(await (await server.post("/greeter")).text());
      assert.match(answers[0]!, /"Bon"[^]*"jour"/);
      assert.equal(answers[1], "Bonjour");
    }
    assert.doesNotMatch(await Deno.readTextFile(file), /right-key|second-key/);
    await using server = await serveWith(["--replay", file], objects);
    assert.equal(await (await server.post("/greeter", streamed)).text(), answers[0]);
    assert.equal(await (await server.post("/greeter")).text(), answers[1]);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("serve: a silent provider costs its own flow only", async () => {
  const key = { key: OPENAI_KEY };
  const gone = Promise.withResolvers<void>();
  await using silent = await chatApiServer(({ signal }) => {
    signal.addEventListener("abort", () => gone.resolve());
    return new Promise<Said>(() => {});
  }, key);
  await using well = await chatApiServer(() => ({ content: "Hello, Ann!" }), key);
  await using server = await serve(
    flow("stuck", ["mute"]),
    flow("greeter", ["gpt"]),
    model("mute", "openai", `${silent.url}/v1`, "OPENAI_API_KEY", OPENAI_KEY),
    model("gpt", "openai", `${well.url}/v1`, "OPENAI_API_KEY", OPENAI_KEY),
  );
  const stop = new AbortController();
  const stuck = Array.from(
    { length: 64 },
    () => server.post("/stuck", {}, stop.signal).catch(() => {}),
  );
  await silent.nextRequest();
  for (let i = 0; i < 20; i++) {
    assert.equal(await (await server.post("/greeter")).text(), "Hello, Ann!");
  }
  const late = await server.post("/stuck", { "x-request-timeout": "50ms" });
  assert.equal(late.status, 504);
  assert.equal((await late.json()).error.message, "The flow did not answer within 50 ms");
  stop.abort();
  await Promise.all(stuck);
  await gone.promise;
});
