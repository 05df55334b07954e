/** A provider of OpenAI's API in a real sandbox, with its permissions. */
import assert from "assert";
import { flowDefinition } from "../flow_definition.ts";
import { startSandboxDriver } from "../sandbox_driver.ts";
import { type ApiRequest, chatApiServer, events, eventStream, KEY } from "./chat_api_server.ts";
import { GREET } from "./chat_flow.ts";

const load = (url: string, flow: string) => ({
  flow,
  definition: flowDefinition({ main: GREET }, {
    config: {
      plugin: { type: "openai", extraConfig: { baseURL: `${url}/v1` } },
      defaultModel: { provider: "openai", model: "gpt-5-mini" },
    },
  }),
  credentials: { OPENAI_API_KEY: KEY },
});
const call = { prompt: "main", input: { name: "Ann" } };

Deno.test("openai runs in a sandbox that reaches its host and no other", async () => {
  await using server = await chatApiServer(() => ({ content: "Hello, Ann!" }));
  await using elsewhere = await chatApiServer(() => ({ content: "never" }));
  await using sandbox = await startSandboxDriver([new URL(server.url).host]);
  assert.equal((await sandbox.load(load(server.url, "a"))).type, "loaded");
  assert.equal((await sandbox.load(load(elsewhere.url, "b"))).type, "loaded");

  const whole = await sandbox.call({ call: 1, flow: "a", stream: false, ...call });
  assert.equal(whole.type === "result" && whole.result.text, "Hello, Ann!");
  const streamed = await sandbox.call({ call: 2, flow: "a", stream: true, ...call });
  assert.equal(streamed.type === "result" && streamed.result.text, "Hello, Ann!");
  const other = await sandbox.call({ call: 3, flow: "b", stream: false, ...call });
  assert.deepEqual(other.type === "error" && other.error, {
    status: "PERMISSION_DENIED",
    message: 'The provider "openai" is at a host that the flow may not reach',
  });
  assert.equal(elsewhere.requests.length, 0);
});

Deno.test("openai in a sandbox is asked no longer when its call is cancelled", async () => {
  const gone = Promise.withResolvers<void>();
  const stall = ({ signal }: ApiRequest) => {
    signal.addEventListener("abort", () => gone.resolve(), { once: true });
    return eventStream(events({ content: "Hello" }).slice(0, 2), gone.promise);
  };
  await using server = await chatApiServer(stall);
  await using sandbox = await startSandboxDriver([new URL(server.url).host]);
  await sandbox.load(load(server.url, "a"));
  const answer = sandbox.call({ call: 1, flow: "a", stream: true, ...call });
  await sandbox.next("chunk");
  sandbox.say({ type: "cancel", call: 1 });
  const { type } = await answer;
  assert.equal(type, "error");
  await gone.promise;
});
