/** Bedrock in the program of a sandbox as it runs: bundled, with no permission but its host. */
import assert from "assert";
import { CLAUDE } from "./bedrock_flow.ts";
import { BEARER, bedrockServer, CREDENTIALS } from "./bedrock_server.ts";
import { flowDefinition } from "./flow_definition.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

Deno.test("a sandbox runs bedrock with no permission but its host", async () => {
  await using bedrock = await bedrockServer(() => ({ content: [{ text: "Hello Ann" }] }));
  await using other = await bedrockServer(() => ({ content: [{ text: "never" }] }));
  await using sandbox = await startSandboxDriver([bedrock.host]);
  const definition = (baseURL: string) =>
    flowDefinition({ main: "Greet {{name}}" }, {
      config: {
        plugin: { type: "bedrock", region: "eu-west-1", extraConfig: { baseURL } },
        defaultModel: { provider: "bedrock", model: CLAUDE },
      },
    });
  const load = (flow: string, url: string) =>
    sandbox.load({ flow, definition: definition(url), credentials: CREDENTIALS });
  const call = { prompt: "main", input: { name: "Ann" } };

  assert.equal((await load("1", bedrock.url)).type, "loaded");
  const usage = { inputTokens: 7, outputTokens: 3 };
  for (const stream of [false, true]) {
    assert.deepEqual(await sandbox.call({ ...call, call: 1, flow: "1", stream }), {
      type: "result",
      call: 1,
      result: { text: "Hello Ann", usage },
    });
    sandbox.say({ type: "unload", flow: "none" });
  }

  const credentials = { AWS_BEARER_TOKEN_BEDROCK: BEARER };
  await sandbox.load({ flow: "3", definition: definition(bedrock.url), credentials });
  const byToken = await sandbox.call({ ...call, call: 3, flow: "3", stream: false });
  assert.equal(byToken.type, "result");

  assert.equal((await load("2", other.url)).type, "loaded");
  assert.deepEqual(await sandbox.call({ ...call, call: 2, flow: "2", stream: false }), {
    type: "error",
    call: 2,
    error: {
      status: "PERMISSION_DENIED",
      message: 'The provider "bedrock" is at a host that the flow may not reach',
    },
  });
  assert.equal(other.requests.length, 0);
  await sandbox.end();
  assert.equal(await sandbox.errors, "", "it prints nothing of its own");
});
