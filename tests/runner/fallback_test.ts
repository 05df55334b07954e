import assert from "assert";
import { FlowError } from "../../shared/flow_error.ts";
import { FAILURES } from "../../runner/sandbox/circuit.ts";
import type { Flow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { anthropicError, messagesFormat } from "./anthropic_wire.ts";
import { runningCall } from "./flow_definition.ts";
import { FIRST_KEY as key, modelsFlow, SECOND_KEY, watchedCall } from "./models_flow.ts";
import {
  apiError,
  type ApiRequest,
  chatApiServer,
  events,
  eventStream,
  type Said,
} from "./openai/chat_api_server.ts";
import { ANN, lookTool } from "./openai/chat_flow.ts";
import { type ProviderRequest, providerServer } from "./provider_server.ts";
import { QuickClock } from "./quick_clock.ts";

const HELLO: Said = { content: "Hello, Ann!" };
const BONJOUR = { texts: ["Bonjour, Ann"] };

/** Two servers, the first one OpenAI's and the second one Anthropic's, each with its own key. */
async function servers(
  first: (request: ApiRequest) => Said | Response | Promise<Said | Response>,
  second: (request: ProviderRequest) => Response = (request) =>
    messagesFormat.answer(request, BONJOUR),
) {
  const one = await chatApiServer(first);
  const two = await providerServer((request) =>
    request.headers.get("x-api-key") === SECOND_KEY
      ? second(request)
      : anthropicError(401, { key: SECOND_KEY })
  );
  return {
    one,
    two,
    urls: { first: one.url, second: two.url, key },
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
    },
  };
}

const text = async (flow: Flow) => (await flow.call("main", ANN, runningCall())).text;

Deno.test("the second model answers where the first one is not available", async () => {
  await using all = await servers(() => apiError(503));
  const { one, two, urls } = all;
  const flow = await modelsFlow({ ...urls, config: { temperature: 0.5 } });
  const { running, steps } = watchedCall();
  const { text, usage } = await flow.call("main", ANN, running);
  assert.equal(text, "Bonjour, Ann");
  assert.deepEqual(usage, { inputTokens: 17, outputTokens: 3, cachedContentTokens: 5 });
  assert.equal(one.requests[0]!.headers.authorization, `Bearer ${key}`);
  assert.equal(two.requests[0]!.headers.get("x-api-key"), SECOND_KEY);
  assert.doesNotMatch(
    JSON.stringify([...two.requests[0]!.headers, two.requests[0]!.body]),
    /right/,
  );
  const { model, temperature } = two.requests[0]!.body;
  assert.deepEqual([model, temperature], ["claude-haiku-4-5", 0.5]);
  assert.deepEqual(steps.map(({ provider, error, fallback }) => [provider, error, fallback]), [
    ["openai", "UNAVAILABLE", undefined],
    ["anthropic", undefined, true],
  ]);
});

Deno.test("the first model answers as long as it can", async () => {
  await using all = await servers(() => HELLO);
  assert.equal(await text(await modelsFlow(all.urls)), "Hello, Ann!");
  assert.equal(all.two.requests.length, 0);
});

Deno.test("the second model is asked after failures that may be the first one's own", async (t) => {
  for (const code of [401, 402, 403, 404, 408, 410, 429, 498, 500, 503, 520, 529]) {
    await t.step(String(code), async () => {
      await using all = await servers(() => apiError(code));
      assert.equal(await text(await modelsFlow(all.urls)), "Bonjour, Ann");
    });
  }
  await t.step("an answer that cannot be read", async () => {
    await using all = await servers(() => new Response("<html>"));
    assert.equal(await text(await modelsFlow(all.urls)), "Bonjour, Ann");
  });
});

Deno.test("the second model is not asked what the first one refused", async (t) => {
  const refusals: Record<string, [answer: () => Said | Response, status: string]> = {
    "a request that is wrong": [() => apiError(400), "INVALID_ARGUMENT"],
    "a content filter": [() => apiError(400, { code: "content_filter" }), "FAILED_PRECONDITION"],
    "an answer that was stopped": [() => ({ content: "", finish_reason: "content_filter" }), ""],
  };
  for (const [name, [answer, status]] of Object.entries(refusals)) {
    await t.step(name, async () => {
      await using all = await servers(answer);
      const call = text(await modelsFlow(all.urls));
      await assert.rejects(call, { status: status || "FAILED_PRECONDITION" });
      assert.equal(all.two.requests.length, 0);
    });
  }
});

for (const refused of [400, 401]) {
  Deno.test(`where no model answers, the caller gets the failure that may pass before ${refused}`, async () => {
    await using all = await servers(
      () => apiError(429, { headers: { "retry-after": "9" } }),
      () => anthropicError(refused, { key: SECOND_KEY }),
    );
    await assert.rejects(text(await modelsFlow(all.urls)), {
      status: "RESOURCE_EXHAUSTED",
      retryAfter: 9,
    });
    assert.equal(all.two.requests.length, 1);
  });
}

Deno.test("a stream that has given a chunk is not given to another model", async () => {
  const chunk = Promise.withResolvers<void>();
  await using all = await servers(() => eventStream(events(HELLO).slice(0, 2), chunk.promise));
  const flow = await modelsFlow(all.urls);
  const window = new StreamWindow(() => chunk.reject(new Error("broken off")));
  await assert.rejects(flow.call("main", ANN, { ...runningCall(), window }), {
    status: "UNAVAILABLE",
  });
  assert.equal(all.two.requests.length, 0);
});

Deno.test("the second model streams", async () => {
  await using all = await servers(() => apiError(503));
  const flow = await modelsFlow(all.urls);
  const chunks: { content: { text: string }[] }[] = [];
  const window = new StreamWindow((chunk) => chunks.push(chunk as typeof chunks[0]));
  await flow.call("main", ANN, { ...runningCall(), window });
  assert.deepEqual(chunks.map(({ content }) => content[0]!.text), ["Bonjour, Ann"]);
});

Deno.test("each turn of a tool loop is a unit, and stays with the model that answered", async () => {
  const call = { id: "call_a", function: { name: "look", arguments: '{"city":"Paris"}' } };
  let turns = 0;
  await using tool = await providerServer(() => Response.json({ sky: "blue" }));
  await using all = await servers(
    () => turns++ === 0 ? { tool_calls: [call] } : apiError(503),
    (request) => {
      const outputs = messagesFormat.toolOutputs(request);
      const again = { toolCalls: [{ name: "look", input: { city: "Rome" } }] };
      const asked = all.two.requests.length;
      return messagesFormat.answer(request, asked === 1 ? again : { texts: [`${outputs.length}`] });
    },
  );
  const flow = await modelsFlow({ ...all.urls, tools: [lookTool(`${tool.url}/`)] });
  const { running, steps } = watchedCall();
  const { usage } = await flow.call("main", ANN, running);
  assert.deepEqual(steps.map(({ provider, error }) => [provider, error]), [
    ["openai", undefined],
    ["openai", "UNAVAILABLE"],
    ["anthropic", undefined],
    ["anthropic", undefined],
  ]);
  assert.equal(usage?.inputTokens, 7 + 17 + 17);
  assert.equal(tool.requests.length, 2);
});

Deno.test("a model that fails again and again is left alone, and asked for a sign of life", async () => {
  let broken = true;
  await using all = await servers(() => broken ? apiError(503) : HELLO);
  const clock = new QuickClock();
  const flow = await modelsFlow({ ...all.urls, clock });
  const circuits: unknown[] = [];
  for (let i = 0; i < FAILURES; i++) {
    const { running, steps } = watchedCall();
    await flow.call("main", ANN, running);
    circuits.push(...steps.map(({ circuit }) => circuit));
  }
  assert.deepEqual(circuits.slice(-4), [undefined, undefined, "open", undefined]);
  assert.equal(await text(flow), "Bonjour, Ann");
  assert.equal(all.one.requests.length, FAILURES, "the first one is passed over at once");
  clock.advance(10_000);
  assert.equal(await text(flow), "Bonjour, Ann");
  assert.equal(all.one.requests.length, FAILURES + 1);
  clock.advance(19_999);
  await text(flow);
  assert.equal(all.one.requests.length, FAILURES + 1);
  broken = false;
  clock.advance(1);
  assert.equal(await text(flow), "Hello, Ann!");
  assert.equal(await text(flow), "Hello, Ann!");
});

Deno.test("a flow whose only model is left alone says when to come back", async () => {
  await using all = await servers(() => apiError(500));
  const { first } = all.urls;
  const flow = await modelsFlow({ first, key, clock: new QuickClock() });
  for (let i = 0; i < FAILURES; i++) await text(flow).catch(() => {});
  await assert.rejects(text(flow), {
    status: "UNAVAILABLE",
    retryAfter: 10,
    message: 'The provider "openai" has failed several times in a row, and is not asked now',
  });
  assert.equal(all.one.requests.length, FAILURES);
});

Deno.test("failures that are the caller's leave a model's circuit closed", async (t) => {
  for (const code of [400, 401, 429]) {
    await t.step(String(code), async () => {
      await using all = await servers(() => apiError(code));
      const flow = await modelsFlow({ first: all.urls.first, key });
      for (let i = 0; i <= FAILURES; i++) await text(flow).catch(() => {});
      assert.equal(all.one.requests.length, FAILURES + 1);
    });
  }
});

Deno.test("a silent model is left alone where the flow's own time ran out", async (t) => {
  const requestsAfter = async (reason: FlowError) => {
    await using all = await servers(() => new Promise<Said>(() => {}));
    const flow = await modelsFlow({ first: all.urls.first, key });
    for (let i = 0; i <= FAILURES; i++) {
      const controller = new AbortController();
      const asked = all.one.nextRequest();
      const call = flow.call("main", ANN, runningCall(controller.signal));
      const over = call.catch((error: FlowError) => error.status);
      if (await Promise.race([asked, over]) === "UNAVAILABLE") break;
      controller.abort(reason);
      assert.equal(await over, "CANCELLED");
    }
    return all.one.requests.length;
  };
  await t.step("and not for callers that went away", async () => {
    assert.equal(await requestsAfter(new FlowError("CANCELLED", "")), FAILURES + 1);
  });
  await t.step("five times", async () => {
    assert.equal(await requestsAfter(new FlowError("DEADLINE_EXCEEDED", "")), FAILURES);
  });
});
