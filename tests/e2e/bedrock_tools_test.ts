/** The program as a process: a role's credentials for bedrock, and tools with their headers. */
import assert from "assert";
import { bedrockServer, CREDENTIALS } from "../runner/bedrock_server.ts";
import { toolServer } from "../runner/tool_call.ts";
import { genkitd } from "./genkitd.ts";
import { echoFlows, genkitTree } from "./genkit_tree.ts";

function runner(root: string, env: Record<string, string> = {}) {
  return genkitd(["runner", "--root", root, "--host", "127.0.0.1", "--port", "0"], {
    ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/,
    env,
  });
}

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST", body: '{"name": "Ann"}' });
  return `${response.status} ${await response.text()}`;
}

/** A server in the place of STS, whose roles have the keys that the Bedrock server takes. */
function stsServer(answers: () => boolean, asked: URLSearchParams[]) {
  return toolServer(async (request) => {
    asked.push(new URLSearchParams(await request.text()));
    if (!answers()) {
      return new Response("<Error><Code>AccessDenied</Code></Error>", { status: 403 });
    }
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = CREDENTIALS;
    return new Response(
      `<R><Credentials><AccessKeyId>${AWS_ACCESS_KEY_ID}</AccessKeyId>` +
        `<SecretAccessKey>${AWS_SECRET_ACCESS_KEY}</SecretAccessKey>` +
        `<SessionToken>session-token</SessionToken></Credentials></R>`,
    );
  });
}

Deno.test("runner: a pod with a role calls bedrock by it, and its sandbox gets no token", async () => {
  let answers = false;
  const asked: URLSearchParams[] = [];
  await using sts = await stsServer(() => answers, asked);
  await using bedrock = await bedrockServer(() => ({ content: [{ text: "Hello" }] }));
  await using tree = await genkitTree({
    "config.json": {
      defaultModel: { provider: "bedrock", model: "amazon.nova-lite-v1:0" },
      plugin: { type: "bedrock", extraConfig: { baseURL: bedrock.url } },
    },
    "prompts/greeting.prompt": "Greet {{name}}",
    "token": "service-account-token",
  });
  await using server = await runner(tree.root, {
    AWS_ROLE_ARN: "arn:aws:iam::1:role/flows",
    AWS_WEB_IDENTITY_TOKEN_FILE: `${tree.root}/token`,
    AWS_ENDPOINT_URL_STS: sts.url,
  });
  assert.match(await ask(`${server.url}/greeting`), /^503 /);
  await server.saw(/it answered 403 \(AccessDenied\)/);
  answers = true;
  // The role is asked for again after a second; nothing tells when the flow has been loaded.
  while (!(await ask(`${server.url}/greeting`)).startsWith("200 ")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(await ask(`${server.url}/greeting`), "200 Hello");
  assert.equal(bedrock.requests[0]!.headers["x-amz-security-token"], "session-token");
  assert.equal(asked[0]!.get("WebIdentityToken"), "service-account-token");
  assert.doesNotMatch(server.output(), /service-account-token|session-token|AKIA|the-right/);
});

Deno.test("runner: a tool's headers follow their Secret without a restart", async () => {
  const seen: (string | null)[] = [];
  await using look = await toolServer((request) => {
    seen.push(request.headers.get("authorization"));
    return Response.json({ ok: true });
  });
  const tool = {
    definition: { name: "look", description: "Looks" },
    implementation: {
      http: { url: look.url, headersDir: "/genkit/flows/greeter/tools/look.headers" },
    },
  };
  await using tree = await echoFlows({
    greeter: {
      "prompts/greeter.prompt": "---\nconfig:\n  callTool: look\n---\nHi",
      "tools/look.json": tool,
      "tools/look.headers/authorization": "Bearer first-value",
    },
  });
  await using server = await runner(tree.root);
  assert.equal(await ask(`${server.url}/greeter`), '200 {"ok":true}');
  await tree.write("flows/greeter/tools/look.headers/authorization", "Bearer second-value\n");
  // Files are looked at every 250 ms at most.
  while (seen.at(-1) !== "Bearer second-value") {
    assert.equal(await ask(`${server.url}/greeter`), '200 {"ok":true}');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(seen[0], "Bearer first-value");
  assert.doesNotMatch(server.output(), /first-value|second-value/);
});

Deno.test("serve: a flow asks another of the same files, and a tool has its Secret's headers", async () => {
  let authorization: string | null = null;
  await using look = await toolServer((request) => {
    authorization = request.headers.get("authorization");
    return Response.json("sunny");
  });
  const api = "apiVersion: genkit.dev/v1alpha1";
  const model = "modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }";
  const flow = (name: string, tool: string) =>
    `${api}\nkind: Flow\nmetadata: { name: ${name} }\nspec:\n  ${model}\n` +
    `  prompts: [{ prompt: { name: main, content: "---\\nconfig: { callTool: ${tool} }\\n---\\nHi" } }]\n` +
    `  tools: [{ name: ${tool} }]\n`;
  const tool = (name: string, implementation: string) =>
    `${api}\nkind: Tool\nmetadata: { name: ${name} }\nspec:\n` +
    `  definition: { name: ${name}, description: Asks, inputSchema: { type: object } }\n  implementation: ${implementation}\n`;
  await using files = await genkitTree({
    "all.yaml": [
      `${api}\nkind: PluginConfig\nmetadata: { name: echo }\nspec: { type: echo }\n`,
      flow("planner", "ask"),
      flow("weather", "look"),
      tool("ask", "{ flowRef: { name: weather } }"),
      tool("look", `{ http: { url: "${look.url}", headersSecretRef: { name: keys } } }`),
      "apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { authorization: Bearer of-the-secret }\n",
    ].join("---\n"),
  });
  await using server = await genkitd(["serve", `${files.root}/all.yaml`, "--port", "0"]);
  assert.equal(await ask(`${server.url}/planner`), "200 sunny");
  assert.equal(authorization, "Bearer of-the-secret");
});
