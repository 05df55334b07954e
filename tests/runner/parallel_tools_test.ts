import assert from "assert";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import type { Step } from "../../runner/host/step.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { geminiServer, KEY } from "./gemini_server.ts";
import { toolServer } from "./tool_call.ts";

Deno.test("outputs of parallel tools go to the model in the order in which it asked", async () => {
  // Gemini tells two calls of one function apart by their places alone.
  const cities = ["Paris", "Oslo", "Rome"];
  await using model = await geminiServer(({ body }) =>
    body.contents.length === 1
      ? cities.map((city) => ({ functionCall: { name: "look", args: { city } } }))
      : [{ text: "done" }]
  );
  // The last one is answered first; each of the others once the one after it has ended.
  const ended = cities.map(() => Promise.withResolvers<void>());
  let steps = 0;
  await using tools = await toolServer(async (request) => {
    const { city } = await request.json() as { city: string };
    await ended[cities.length - 2 - cities.indexOf(city)]?.promise;
    return Response.json(city);
  });
  const look = {
    definition: { name: "look", inputSchema: { type: "object" } },
    implementation: { http: { url: tools.url } },
  };
  const flow = await loadFlow({
    definition: flowDefinition({ main: "Look" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL: model.url } },
        defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
      },
      tools: [look],
    }),
    credentials: { GEMINI_API_KEY: KEY },
  });
  const onStep = ({ kind }: Step) => {
    if (kind === "tool") ended[steps++]!.resolve();
  };
  const result = await flow.call("main", { input: {} }, { ...runningCall(), onStep });
  assert.equal(result.text, "done");
  const { parts } = model.requests[1]!.body.contents.at(-1);
  const outputs = parts.map((
    { functionResponse }: { functionResponse: { response: { content: unknown } } },
  ) => functionResponse.response.content);
  assert.deepEqual(outputs, cities);
  await flow.close();
});
