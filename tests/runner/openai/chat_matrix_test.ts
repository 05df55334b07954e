/** What holds for every provider that speaks OpenAI's API, each with its own keys and addresses. */
import assert from "assert";
import { StreamWindow } from "../../../runner/sandbox/stream_window.ts";
import { runningCall } from "../flow_definition.ts";
import {
  apiError,
  type ApiRequest,
  chatApiServer,
  events,
  eventStream,
  KEY,
  type Said,
} from "./chat_api_server.ts";
import { ANN, ask, CHAT_PROVIDERS, chatFlow, lookTool } from "./chat_flow.ts";

const text = (text: string) => ({ role: "model", index: 0, content: [{ text }] });

for (const provider of CHAT_PROVIDERS) {
  const { type, model, path, maxTokens } = provider;

  Deno.test(`${type} answers`, async () => {
    const config = { temperature: 0, maxOutputTokens: 50 };
    const hello = () => ({ content: "Hello, Ann!" });
    const { result, requests } = await ask(hello, { provider, config });
    assert.equal(result.text, "Hello, Ann!");
    assert.equal(result.usage?.inputTokens, 7);
    assert.equal(result.usage?.outputTokens, 3);
    assert.equal(result.usage?.cachedContentTokens, 4);
    const [request] = requests;
    assert.equal(request!.path, path);
    assert.deepEqual(request!.body, {
      model,
      messages: [{ role: "user", content: "Greet Ann" }],
      temperature: 0,
      [maxTokens]: 50,
    });
  });

  Deno.test(`${type} streams`, async () => {
    const hello = () => ({ content: "Hello, Ann!" });
    const { result, requests, chunks } = await ask(hello, { provider, stream: true });
    assert.equal(result.text, "Hello, Ann!");
    assert.equal(result.usage?.outputTokens, 3);
    assert.deepEqual(chunks, [text("Hello,"), text(" Ann!")]);
    assert.equal(requests[0]!.path, path);
    assert.equal(requests[0]!.body.stream, true);
    assert.deepEqual(requests[0]!.body.stream_options, { include_usage: true });
  });

  for (const stream of [false, true]) {
    const streamed = stream ? ", streamed" : "";

    Deno.test(`${type} calls tools${streamed}`, async () => {
      const cities: unknown[] = [];
      const sky = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
        const { city } = await request.json();
        cities.push(city, request.headers.get("authorization"), request.headers.get("api-key"));
        return Response.json({ sky: city === "Paris" ? "blue" : "grey" });
      });
      const look = (id: string, city: string) => ({
        id,
        type: "function",
        function: { name: "look", arguments: JSON.stringify({ city }) },
      });
      const calls = [look("call_a", "Paris"), look("call_b", "Rome")];
      const answer = ({ body: { messages } }: ApiRequest): Said =>
        messages.length === 1 ? { tool_calls: calls } : { content: "blue and grey" };
      const tools = [lookTool(`http://127.0.0.1:${sky.addr.port}/`)];
      const { result, requests } = await ask(answer, { provider, stream, tools });
      await sky.shutdown();
      assert.equal(result.text, "blue and grey");
      assert.equal(result.usage?.inputTokens, 14, "the tokens of both turns");
      assert.deepEqual(cities.toSorted(), ["Paris", "Rome", null, null, null, null]);
      const { tools: [declared], messages } = requests[1]!.body;
      assert.equal(declared.type, "function");
      assert.equal(declared.function.name, "look");
      assert.deepEqual(declared.function.parameters.required, ["city"]);
      assert.deepEqual(messages.slice(1), [
        { role: "assistant", content: null, tool_calls: calls },
        { role: "tool", tool_call_id: "call_a", content: '{"sky":"blue"}' },
        { role: "tool", tool_call_id: "call_b", content: '{"sky":"grey"}' },
      ]);
    });

    Deno.test(`${type} asks for JSON${streamed}`, async () => {
      const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
      const red = () => ({ content: '{"color": "red"}' });
      const { result, requests } = await ask(red, { provider, source, stream, input: {} });
      assert.deepEqual(result.output, { color: "red" });
      const { type, json_schema } = requests[0]!.body.response_format;
      assert.equal(type, "json_schema");
      assert.equal(json_schema.strict, true);
      assert.deepEqual(json_schema.schema.required, ["color"]);
    });

    const failures: Record<string, [() => Response, Record<string, unknown>]> = {
      "400": [
        () => apiError(400, { code: "unsupported_value", param: "temperature" }),
        { status: "INVALID_ARGUMENT", message: /(400, unsupported_value at temperature)/ },
      ],
      "401": [() => apiError(401, { code: "invalid_api_key" }), { status: "UNAUTHENTICATED" }],
      "403": [() => apiError(403), { status: "PERMISSION_DENIED" }],
      "404": [() => apiError(404, { code: "model_not_found" }), { status: "NOT_FOUND" }],
      "408": [() => apiError(408), { status: "DEADLINE_EXCEEDED" }],
      "429": [
        () => apiError(429, { code: "rate_limit_exceeded", headers: { "retry-after": "7" } }),
        { status: "RESOURCE_EXHAUSTED", retryAfter: 7, message: /\(429, rate_limit_exceeded\)$/ },
      ],
      "500": [() => apiError(500, { type: "server_error" }), { status: "INTERNAL", http: 500 }],
      "503": [() => apiError(503), { status: "UNAVAILABLE", http: 503 }],
      "a proxy's page": [
        () => new Response("<html>Greet Ann</html>", { status: 502 }),
        { status: "UNAVAILABLE", message: `The provider "${type}" is not available (502)` },
      ],
      "no JSON": [
        () => new Response("Greet Ann", { headers: { "content-type": "application/json" } }),
        { http: 502, message: `The provider "${type}" gave an answer that cannot be read` },
      ],
      "other JSON": [() => Response.json(["Greet Ann"]), { http: 502, message: /cannot be read$/ }],
      "no choices": [
        () => Response.json({ object: "chat.completion", choices: [] }),
        { status: "INTERNAL", http: 502, message: /gave an empty answer$/ },
      ],
    };
    for (const [name, [answer, expected]] of Object.entries(failures)) {
      Deno.test(`${type} fails with ${name}${streamed}`, async () => {
        const call = ask(answer, { provider, stream });
        await assert.rejects(call, expected);
        const { message } = await call.catch((error: Error) => error) as Error;
        assert.doesNotMatch(message, /sk-|Ann|http:|\.ts|key /);
      });
    }

    Deno.test(`${type} is asked no longer when its call is cancelled${streamed}`, async () => {
      const gone = Promise.withResolvers<void>();
      await using server = await chatApiServer(async ({ signal }) => {
        signal.addEventListener("abort", () => gone.resolve(), { once: true });
        await gone.promise;
        return {};
      });
      const flow = await chatFlow(server.url, { provider });
      const controller = new AbortController();
      const requested = server.nextRequest();
      const window = stream && { window: new StreamWindow(() => {}) };
      const call = flow.call("main", ANN, { ...runningCall(controller.signal), ...window });
      await requested;
      controller.abort();
      await assert.rejects(call, { status: "CANCELLED" });
      await gone.promise;
    });
  }

  Deno.test(`${type} that stalls in the midst of a stream ends with its call`, async () => {
    const arrived = Promise.withResolvers<void>();
    const gone = Promise.withResolvers<void>();
    await using server = await chatApiServer(({ signal }) => {
      signal.addEventListener("abort", () => gone.resolve(), { once: true });
      return eventStream(events({ content: "Hello" }).slice(0, 2), gone.promise);
    });
    const flow = await chatFlow(server.url, { provider });
    const controller = new AbortController();
    const window = new StreamWindow(() => arrived.resolve());
    const call = flow.call("main", ANN, { ...runningCall(controller.signal), window });
    await arrived.promise;
    controller.abort();
    await assert.rejects(call, { status: "CANCELLED", message: "The call was cancelled" });
    await gone.promise;
  });

  for (const how of ["breaks the connection", "ends"]) {
    Deno.test(`${type} that ${how} in the midst of a stream gave no answer`, async () => {
      const arrived = Promise.withResolvers<void>();
      const end = arrived.promise.then(() => {
        if (how !== "ends") throw new Error("broken off");
      });
      await using server = await chatApiServer(() =>
        eventStream(events({ content: "Hello" }).slice(0, 2), end)
      );
      const flow = await chatFlow(server.url, { provider });
      const window = new StreamWindow(() => arrived.resolve());
      await assert.rejects(flow.call("main", ANN, { ...runningCall(), window }), {
        status: "UNAVAILABLE",
        message: `The provider "${type}" broke off its answer`,
      });
    });
  }

  Deno.test(`${type} cannot be reached`, async () => {
    // Nobody listens at this port, which no system gives to who asks for any.
    const flow = await chatFlow("http://127.0.0.1:2", { provider });
    await assert.rejects(flow.call("main", ANN, runningCall()), {
      status: "UNAVAILABLE",
      message: `The provider "${type}" could not be reached`,
    });
  });

  Deno.test(`${type}: the keys of two flows never mix`, async () => {
    const keys = ["sk-first-key", "sk-second-key"];
    await using first = await chatApiServer(() => ({ content: "first" }), { key: keys[0]! });
    await using second = await chatApiServer(() => ({ content: "second" }), { key: keys[1]! });
    const flows = await Promise.all([
      chatFlow(first.url, { provider, key: keys[0]! }),
      chatFlow(second.url, { provider, key: keys[1]! }),
    ]);
    for (let round = 0; round < 10; round++) {
      const calls = Array.from(
        { length: 20 },
        (_, i) => flows[i % 2]!.call("main", ANN, runningCall()),
      );
      const texts = (await Promise.all(calls)).map(({ text }) => text);
      assert.deepEqual(texts, calls.map((_, i) => i % 2 === 0 ? "first" : "second"));
    }
  });

  Deno.test(`${type} keeps a prompt from changing where its key goes`, async () => {
    await using thief = await chatApiServer(() => ({ content: "thanks" }));
    const stolen = {
      apiKey: "x",
      baseURL: thief.url,
      baseUrl: thief.url,
      customHeaders: { authorization: "x", "api-key": "x" },
      endpoint: thief.url,
      serverAddress: thief.url,
      headers: { authorization: "x" },
      temperature: 0.5,
    };
    const source = `---\nconfig: ${JSON.stringify(stolen)}\n---\nHi`;
    const { result, requests } = await ask(() => ({ content: "ok" }), {
      provider,
      source,
      input: {},
    });
    assert.equal(result.text, "ok");
    assert.equal(requests[0]!.body.temperature, 0.5);
    const { authorization, "api-key": apiKey } = requests[0]!.headers;
    assert.equal(authorization ?? apiKey, apiKey ? KEY : `Bearer ${KEY}`);
    assert.deepEqual(thief.requests, []);
  });
}
