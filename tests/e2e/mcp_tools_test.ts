/** The program as a process: tools of an MCP server, in a sandbox that may reach it. */
import assert from "assert";
import { mcpServer, texts } from "../runner/mcp_server.ts";
import { genkitd } from "./genkitd.ts";
import { echoFlows, genkitTree } from "./genkit_tree.ts";

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST", body: "{}" });
  return `${response.status} ${await response.text()}`;
}

const tools = [{ name: "search", description: "Searches" }];
const PROMPT = "---\nconfig: { callTool: search }\n---\nHi";

Deno.test("runner: an MCP server's headers follow their Secret without a restart", async () => {
  await using mcp = await mcpServer({ tools, mode: "sse", call: () => texts("found") });
  await using tree = await echoFlows({
    finder: {
      "prompts/finder.prompt": PROMPT,
      "tools/github.json": {
        definition: { name: "github" },
        implementation: {
          mcp: { url: mcp.url, headersDir: "/genkit/flows/finder/tools/github.headers" },
        },
      },
      "tools/github.headers/authorization": "Bearer first-value",
    },
  });
  await using server = await genkitd(
    ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0"],
    { ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/ },
  );
  assert.equal(await ask(`${server.url}/finder`), "200 found");
  await tree.write("flows/finder/tools/github.headers/authorization", "Bearer second-value\n");
  // Files are looked at every 250 ms at most.
  while (mcp.asked("tools/call").at(-1)!.headers.authorization !== "Bearer second-value") {
    assert.equal(await ask(`${server.url}/finder`), "200 found");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(mcp.requests[0]!.headers.authorization, "Bearer first-value");
  assert.doesNotMatch(server.output(), /first-value|second-value/);
});

const API = "apiVersion: genkit.dev/v1alpha1";
function files(url: string): Record<string, string> {
  return {
    "all.yaml": [
      `${API}\nkind: PluginConfig\nmetadata: { name: echo }\nspec: { type: echo }\n`,
      `${API}\nkind: Flow\nmetadata: { name: finder }\nspec:\n` +
      "  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }\n" +
      `  prompts: [{ prompt: { name: main, content: ${JSON.stringify(PROMPT)} } }]\n` +
      "  tools: [{ name: github }]\n",
      `${API}\nkind: Tool\nmetadata: { name: github }\nspec:\n  definition: {}\n` +
      `  implementation: { mcp: { url: "${url}", headersSecretRef: { name: keys } } }\n`,
      "apiVersion: v1\nkind: Secret\nmetadata: { name: keys }\nstringData: { authorization: Bearer of-the-secret }\n",
    ].join("---\n"),
  };
}

Deno.test("serve: a flow calls an MCP server with the headers of a Secret", async () => {
  await using mcp = await mcpServer({ tools, call: () => texts("found") });
  await using tree = await genkitTree(files(mcp.url));
  await using server = await genkitd(["serve", `${tree.root}/all.yaml`, "--port", "0"]);
  assert.equal(await ask(`${server.url}/finder`), "200 found");
  assert.ok(mcp.requests.every(({ headers }) => headers.authorization === "Bearer of-the-secret"));
});

Deno.test("serve: a flow whose MCP server is down is served, and works once that is up", async () => {
  let up = false;
  await using mcp = await mcpServer({
    tools,
    intercept: (_, response) => {
      if (!up) response.writeHead(503).end("of-the-secret");
      return !up;
    },
  });
  await using tree = await genkitTree(files(mcp.url));
  await using server = await genkitd(["serve", `${tree.root}/all.yaml`, "--port", "0"]);
  const why = 'The tool "github" has no functions yet: its server answered 503';
  await server.saw(/github" has no functions yet: its server answered 503; it is asked again/);
  const answer = await ask(`${server.url}/finder`);
  assert.ok(answer.startsWith("503 ") && answer.includes(JSON.stringify(why).slice(1, -1)), answer);
  up = true;
  // It is asked again a second after it failed, at the earliest.
  while (await ask(`${server.url}/finder`) !== "200 ok") {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.doesNotMatch(server.output(), /of-the-secret/);
});

Deno.test("serve --offline: a flow with an MCP server answers without it", async () => {
  await using mcp = await mcpServer({ tools });
  await using tree = await genkitTree({
    "all.yaml": files(mcp.url)["all.yaml"]!.replace("callTool: search", "temperature: 0"),
  });
  await using server = await genkitd([
    "serve",
    `${tree.root}/all.yaml`,
    "--offline",
    "--port",
    "0",
  ]);
  assert.equal(await ask(`${server.url}/finder`), "200 Hi");
  assert.equal(mcp.requests.length, 0);
});
