import assert from "assert";
import { callMain, echoFlow } from "./flow_definition.ts";
import { toolServer } from "./tool_call.ts";

const SECRET = "a-secret-header-value";

/** A flow whose model calls the tool `look` and then answers with what that gave. */
function lookingFlow(url: string, implementation: Record<string, unknown> = {}) {
  const definition = {
    name: "look",
    description: "Looks at the sky",
    inputSchema: {
      type: "object",
      properties: { city: { type: "string", minLength: 1 } },
      required: ["city"],
    },
    outputSchema: { type: "object", properties: { sky: { type: "string" } }, required: ["sky"] },
  };
  const http = { url, headers: { authorization: `Bearer ${SECRET}` } };
  return echoFlow({ main: "---\nconfig:\n  callTool: look\n---\nHi" }, {
    tools: [{ definition, implementation: { http, ...implementation } }],
  });
}

const refuses = (request: Request) =>
  new Response(`no such city; you sent ${request.headers.get("authorization")}`, { status: 404 });

Deno.test("a failing tool fails the call, in words without what its server said", async () => {
  await using server = await toolServer(refuses);
  for (const onError of [undefined, "FailCall"]) {
    const flow = await lookingFlow(server.url, onError === undefined ? {} : { onError });
    await assert.rejects(callMain(flow), {
      status: "INTERNAL",
      http: 502,
      message: 'The tool "look" failed: its server answered 404',
    });
  }
});

Deno.test("a failing tool that reports to the model is an answer to it", async (t) => {
  const cases: [what: string, answer: (request: Request) => Response, error: unknown][] = [
    ["with what its server said, without the headers' values", refuses, {
      message: 'The tool "look" failed: its server answered 404',
      details: "no such city; you sent ***",
    }],
    ["where its answer does not fit its schema", () => Response.json({ sky: 1 }), {
      message: 'The tool "look" was called with something, or gave something, that does not fit ' +
        'its schema: at "sky" it must be string',
    }],
  ];
  for (const [what, answer, error] of cases) {
    await t.step(what, async () => {
      await using server = await toolServer(answer);
      const flow = await lookingFlow(server.url, { onError: "ReportToModel" });
      const { text } = await callMain(flow);
      assert.deepEqual(JSON.parse(text), { error });
    });
  }
});

Deno.test("a call that was cancelled is no tool's failure", async () => {
  const arrived = Promise.withResolvers<void>();
  await using server = await toolServer(() => {
    arrived.resolve();
    return new Promise(() => {});
  });
  const flow = await lookingFlow(server.url, { onError: "ReportToModel" });
  const controller = new AbortController();
  const call = flow.call("main", { input: {} }, { signal: controller.signal, usage: {} });
  await arrived.promise;
  controller.abort();
  await assert.rejects(call, { status: "CANCELLED" });
});
