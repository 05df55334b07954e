import assert from "assert";
import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { anthropicWire } from "./anthropic_wire.ts";
import { flowDefinition } from "./flow_definition.ts";
import type { Wire } from "./provider_matrix.ts";
import { providerServer } from "./provider_server.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";
import { serviceAccount, vertexWire } from "./vertex_wire.ts";

/** Providers whose code has something that is different in a sandbox's bundle or permissions. */
const cases: {
  name: string;
  wire: Wire;
  config: (url: string) => Partial<RuntimeConfig>;
  credentials: Record<string, string>;
}[] = [
  {
    name: "anthropic",
    wire: anthropicWire,
    config: (baseURL) => ({
      plugin: { type: "anthropic", extraConfig: { baseURL } },
      defaultModel: { provider: "anthropic", model: "claude-haiku-4-5" },
    }),
    credentials: { ANTHROPIC_API_KEY: anthropicWire.key },
  },
  {
    name: "vertexai, which signs, and logs in without Google's library",
    wire: vertexWire(),
    config: (baseURL) => ({
      plugin: { type: "vertexai", extraConfig: { baseURL, tokenURL: `${baseURL}/token` } },
      defaultModel: { provider: "vertexai", model: "gemini-2.5-flash" },
    }),
    credentials: { GOOGLE_APPLICATION_CREDENTIALS: serviceAccount(vertexWire().key) },
  },
];

for (const { name, wire, config, credentials } of cases) {
  Deno.test(`in a real sandbox: ${name}`, async () => {
    await using server = await providerServer((request) =>
      wire.other?.(request) ??
        (wire.keyOf(request) === wire.key
          ? wire.answer(request, { texts: ["Hello", ", Ann"] })
          : wire.error(401))
    );
    await using sandbox = await startSandboxDriver([new URL(server.url).host]);
    const definition = flowDefinition({ main: "Greet Ann" }, { config: config(server.url) });
    const loaded = await sandbox.load({ flow: "1", definition, credentials });
    assert.equal(loaded.type, "loaded", JSON.stringify(loaded));
    for (const stream of [false, true]) {
      const call = { call: stream ? 2 : 1, flow: "1", prompt: "main", input: {}, stream };
      const answer = await sandbox.call(call);
      assert.equal(answer.type, "result", JSON.stringify(answer));
      if (answer.type === "result") assert.equal(answer.result.text, "Hello, Ann");
    }
  });
}
