import assert from "assert";
import { serverContentHash } from "../../../../operator/render/content_hash.ts";
import { type KeysOf, renderContent } from "../../../../operator/render/render_content.ts";
import type { FlowServer, ServedFlow } from "../../../../shared/flows/flow_server.ts";

const SECRETS: Record<string, string[]> = {
  keys: ["OTHER", "GEMINI_API_KEY"],
  headers: ["X-Key", "Authorization"],
};
const keysOf: KeysOf = (secret) => SECRETS[secret];
const nothing: KeysOf = () => undefined;

function flow(plugin?: Partial<ServedFlow["plugin"]>, headersSecret?: string): ServedFlow {
  return {
    name: "greeter",
    entrypoint: "",
    ...plugin && { plugin: { type: "googleai", credentialKeys: [], ...plugin } },
    prompts: [],
    tools: headersSecret === undefined ? [] : [
      { name: "weather", definition: {}, http: { url: "u", method: "GET", headersSecret } },
    ],
  };
}

function secrets(layout: FlowServer["layout"], served: ServedFlow, keys: KeysOf) {
  const server = { namespace: "demo", name: "greeter", layout, flows: [served] };
  const { secrets, environment } = renderContent(server, keys);
  return { secrets, environment };
}

Deno.test("renderContent: the folders of prompts and tools are there, if empty, as 0.5.0 mounts them", () => {
  const files = (layout: FlowServer["layout"], served: ServedFlow) => {
    const server = { namespace: "demo", name: "greeter", layout, flows: [served] };
    return [...renderContent(server, nothing).files.keys()].sort();
  };
  assert.deepEqual(files("single", flow()), ["config.json", "prompts/.keep", "tools/.keep"]);
  const prompted = { ...flow({}, "headers"), prompts: [{ name: "p", source: "Hi" }] };
  assert.deepEqual(files("single", prompted), [
    "config.json",
    "prompts/p.prompt",
    "tools/weather.json",
  ]);
  assert.deepEqual(files("multi", { ...prompted, tools: [] }), [
    "flows/greeter/config.json",
    "flows/greeter/prompts/p.prompt",
    "flows/greeter/tools/.keep",
    "manifest.json",
  ]);
});

Deno.test("renderContent: no Secret, nothing mounted", () => {
  for (const layout of ["single", "multi"] as const) {
    assert.deepEqual(secrets(layout, flow({}), keysOf), { secrets: [], environment: [] });
    assert.deepEqual(secrets(layout, flow(), keysOf), { secrets: [], environment: [] });
  }
});

Deno.test("renderContent: without credentialKeys, all keys that the Secret has, sorted", () => {
  assert.deepEqual(secrets("multi", flow({ secret: "keys" }), keysOf), {
    secrets: [{
      directory: "flows/greeter/credentials",
      secret: "keys",
      keys: ["GEMINI_API_KEY", "OTHER"],
    }],
    environment: [],
  });
});

Deno.test("renderContent: with credentialKeys, exactly those, whatever the Secret has", () => {
  const plugin = { secret: "keys", credentialKeys: ["Z", "A", "Z"] };
  for (const keys of [keysOf, nothing]) {
    assert.deepEqual(secrets("single", flow(plugin), keys), {
      secrets: [{ directory: "credentials", secret: "keys", keys: ["A", "Z"] }],
      environment: [{ secret: "keys", keys: ["A", "Z"] }],
    });
  }
});

Deno.test("renderContent: a Secret that is not there has the keys that its provider knows", () => {
  const keys = (type: string) => secrets("multi", flow({ type, secret: "keys" }), nothing).secrets;
  assert.deepEqual(keys("Bedrock")[0]?.keys, [
    "AWS_ACCESS_KEY_ID",
    "AWS_BEARER_TOKEN_BEDROCK",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
  ]);
  assert.deepEqual(keys("unheard-of"), []);
});

Deno.test("renderContent: the single layout has the whole Secret in the environment", () => {
  assert.deepEqual(secrets("single", flow({ secret: "keys" }), keysOf).environment, [
    { secret: "keys", keys: [] },
  ]);
});

Deno.test("renderContent: a tool's headers are files beside the tool", () => {
  const directories = (["single", "multi"] as const).flatMap((layout) =>
    secrets(layout, flow(undefined, "headers"), keysOf).secrets
  );
  assert.deepEqual(directories, [
    { directory: "tools/weather.headers", secret: "headers", keys: ["Authorization", "X-Key"] },
    {
      directory: "flows/greeter/tools/weather.headers",
      secret: "headers",
      keys: ["Authorization", "X-Key"],
    },
  ]);
  assert.deepEqual(secrets("multi", flow(undefined, "gone"), keysOf).secrets, []);
  const [weather] = flow(undefined, "headers").tools;
  const server = {
    name: weather!.name,
    definition: {},
    mcp: { url: "u", headersSecret: "headers" },
  };
  assert.deepEqual(
    secrets("multi", { ...flow(), tools: [server] }, keysOf),
    secrets("multi", flow(undefined, "headers"), keysOf),
    "also those of an MCP server",
  );
});

Deno.test("serverContentHash: every part of the content counts, and only by its bytes", async () => {
  const content = {
    layout: "single",
    files: new Map([["config.json", "{}"], ["b", "2"]]),
    secrets: [{ directory: "credentials", secret: "keys", keys: ["A"] }],
    environment: [{ secret: "keys", keys: ["A"] }],
  } as const;
  const hash = await serverContentHash(content);
  const others = [
    { ...content, files: new Map([["config.json", "{}"], ["b", "3"]]) },
    { ...content, secrets: [{ ...content.secrets[0], keys: ["B"] }] },
    { ...content, secrets: [{ ...content.secrets[0], secret: "other" }] },
    { ...content, environment: [] },
  ];
  for (const other of others) assert.notEqual(await serverContentHash(other), hash);
  const files = new Map([...content.files].reverse());
  assert.equal(await serverContentHash({ ...content, files }), hash);
});
