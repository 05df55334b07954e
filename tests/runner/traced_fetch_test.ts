import assert from "assert";
import { runningCall } from "../../runner/sandbox/running_call.ts";
import { tracedFetch } from "../../runner/sandbox/traced_fetch.ts";
import { runningCall as plainCall } from "./flow_definition.ts";
import { flowDefinition } from "./flow_definition.ts";
import { geminiServer, KEY } from "./gemini_server.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

const TRACE = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "a=1",
};

/** The headers that go out, for a call with and without a trace. */
async function sent(input: RequestInfo, init?: RequestInit, trace?: typeof TRACE) {
  const seen: Headers[] = [];
  const fetch = tracedFetch((input, init) => {
    seen.push(new Request(input, init).headers);
    return Promise.resolve(new Response());
  });
  await runningCall.run({ ...plainCall(), ...trace && { trace } }, () => fetch(input, init));
  return Object.fromEntries(seen[0]!);
}

const URL = "http://127.0.0.1/";

Deno.test("a request carries the trace of the call that it works for", async () => {
  assert.deepEqual(await sent(URL), {});
  assert.deepEqual(await sent(URL, {}, TRACE), TRACE);
  const { tracestate: _, ...only } = TRACE;
  assert.deepEqual(await sent(URL, {}, only as typeof TRACE), only);
});

Deno.test("a request keeps its own headers, and a trace of its own", async () => {
  const headers = { "x-key": "k" };
  assert.deepEqual(await sent(URL, { headers }, TRACE), { ...TRACE, ...headers });
  assert.deepEqual(await sent(new Request(URL, { headers }), {}, TRACE), { ...TRACE, ...headers });
  const own = { traceparent: "00-1-2-00" };
  assert.deepEqual(await sent(URL, { headers: own }, TRACE), own);
});

Deno.test("a sandbox sends the trace to its provider and tools, and tells of each step", async () => {
  await using gemini = await geminiServer(({ path, body }) =>
    path === "/tool"
      ? Response.json({ sky: "blue" })
      : body.contents.length === 1
      ? [{ functionCall: { name: "look", args: {} } }]
      : [{ text: "blue" }]
  );
  await using sandbox = await startSandboxDriver([gemini.host]);
  const definition = flowDefinition({ main: "The sky?" }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
      defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
    },
    tools: [{
      definition: { name: "look", description: "Looks", inputSchema: { type: "object" } },
      implementation: { http: { url: `${gemini.url}/tool`, method: "POST" } },
    }],
  });
  const credentials = { GEMINI_API_KEY: KEY };
  const toolHeaders = { look: { "x-goog-api-key": KEY } };
  assert.equal(
    (await sandbox.load({ flow: "1", definition, credentials, toolHeaders })).type,
    "loaded",
  );
  const call = { flow: "1", prompt: "main", input: {}, stream: false };
  assert.equal((await sandbox.call({ call: 1, ...call, trace: TRACE })).type, "result");
  assert.deepEqual(gemini.requests.map(({ trace }) => trace), [TRACE, TRACE, TRACE]);
  const types = sandbox.said.map((message) =>
    message.type === "step" ? `step ${message.step.kind}` : message.type
  );
  assert.deepEqual(types.slice(-4), ["step model", "step tool", "step model", "result"]);

  assert.equal((await sandbox.call({ call: 2, ...call })).type, "result");
  const none = { traceparent: undefined, tracestate: undefined };
  assert.deepEqual(gemini.requests[3]!.trace, none);
  assert.doesNotMatch(JSON.stringify(sandbox.said), /The sky\?/);

  const recorded = await sandbox.call({ call: 3, ...call, recordContent: true });
  assert.equal(recorded.type, "result");
  assert.match(JSON.stringify(sandbox.said), /The sky\?/);
});
