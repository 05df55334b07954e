import assert from "assert";
import { AUDIENCE, tokenIssuer } from "../unit/runner/guard/token_issuer.ts";
import { genkitd } from "./genkitd.ts";
import { echoFlows, genkitTree } from "./genkit_tree.ts";
import { replaceFile } from "./replace_file.ts";

const PROMPT = "Hello {{name}}, you are {{@auth.caller}}{{@auth.sub}} of {{@auth.team}}";

function objects(flows: Record<string, string>, keys: Record<string, string> = {}): string {
  const flow = (name: string, spec: string) =>
    `---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: ${name}, content: "${PROMPT}" } }]
  ${spec}
`;
  const secret = `---
apiVersion: v1
kind: Secret
metadata: { name: callers }
stringData: ${JSON.stringify(keys)}
`;
  return `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
${Object.entries(flows).map(([name, spec]) => flow(name, spec)).join("")}${
    Object.keys(keys).length > 0 ? secret : ""
  }`;
}

async function objectFile(text: string) {
  const dir = await Deno.makeTempDir({ prefix: "genkitd-guard-" });
  const path = `${dir}/flows.yaml`;
  const write = (text: string) => replaceFile(path, text);
  await write(text);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(url, { method: "POST", body: '{"name":"Zoë"}', headers });
  return `${response.status} ${await response.text()}`;
}

const KEYS = "auth: { apiKeys: { secretRef: { name: callers } } }";

Deno.test("serve: callers' keys come from the Secret in the files, and prompts see who calls", async () => {
  const flows = { greeter: KEYS, open: "" };
  await using file = await objectFile(objects(flows, { ann: "key-a", bob: "key-b" }));
  await using server = await genkitd(["serve", file.path, "--port", "0"]);
  const url = `${server.url}/greeter`;
  assert.match(await ask(url), /^401 .*x-api-key/);
  assert.match(await ask(url, { "x-api-key": "key-c" }), /^401 /);
  assert.match(await ask(url, { "x-api-key": "key-a" }), /^200 .*Hello Zoë, you are ann of/);
  assert.match(await ask(url, { "x-api-key": "key-b" }), /^200 .*you are bob of/);
  assert.match(await ask(`${server.url}/open`, { "x-api-key": "key-a" }), /^200 .*you are {2}of/);

  const rotated = server.says(/Reloaded: changed greeter\n/);
  await file.write(objects(flows, { ann: "key-new", bob: "key-b" }));
  await rotated;
  assert.match(await ask(url, { "x-api-key": "key-a" }), /^401 /);
  assert.match(await ask(url, { "x-api-key": "key-new" }), /^200 .*you are ann of/);
  assert.doesNotMatch(server.output(), /key-(a|b|c|new)/);
});

Deno.test("serve: limits that are edited count at once, and counts stay where none was", async () => {
  const slow = "limits: { requestsPerSecond: 0.001, burst: 1 }";
  await using file = await objectFile(objects({ a: "", b: slow }));
  await using server = await genkitd(["serve", file.path, "--port", "0"]);
  const [a, b] = [`${server.url}/a`, `${server.url}/b`];
  assert.match(await ask(b), /^200 /);
  assert.match(await ask(b), /^429 /);
  const edited = server.says(/Reloaded/);
  await file.write(objects({ a: slow, b: slow }));
  await edited;
  assert.match(await ask(b), /^429 /, "its limit is as it was, and reached");
  assert.match(await ask(a), /^200 /);
  assert.match(await ask(a), /^429 /);
});

Deno.test("serve: a stream that its caller leaves counts against the flow's tokens a minute", async () => {
  // A thousand tokens of four bytes, of which echo's own count would make a few words.
  const left = { name: "x".repeat(4_000) };
  await using file = await objectFile(
    objects({ a: "limits: { tokensPerMinute: 500 }" })
      .replace("type: echo }", "type: echo, extraConfig: { echo: { chunkDelayMs: 60000 } } }"),
  );
  await using server = await genkitd(["serve", file.path, "--port", "0"]);
  const url = `${server.url}/a`;
  const caller = new AbortController();
  const headers = { accept: "text/event-stream" };
  await fetch(url, {
    method: "POST",
    body: JSON.stringify(left),
    headers,
    signal: caller.signal,
  });
  assert.match(await ask(url), /^200 /);
  const told = server.says(/status=499/);
  caller.abort();
  await told;
  let answer = "";
  for (let calls = 0; calls < 20 && !answer.startsWith("429"); calls++) answer = await ask(url);
  assert.match(answer, /^429 /);
});

Deno.test("serve: a Secret that is not in the files is said, and lets nobody in", async () => {
  await using file = await objectFile(objects({ greeter: KEYS }));
  await using server = await genkitd(["serve", file.path, "--port", "0", "--no-watch"]);
  await server.saw(/nobody can call the flow "greeter": add the Secret "callers"/);
  for (const key of ["", "x", "undefined"]) {
    assert.match(await ask(`${server.url}/greeter`, { "x-api-key": key }), /^401 /);
  }
});

Deno.test("serve: an auth that says nothing is a problem, and the flow is not served", async () => {
  await using file = await objectFile(objects({ open: "", greeter: "auth: { apikeys: {} }" }));
  await using server = await genkitd(["serve", file.path, "--port", "0", "--no-watch"]);
  await server.saw(/neither apiKeys nor jwt is set/);
  assert.match(await ask(`${server.url}/greeter`), /^(404|503) /);
});

Deno.test("serve: a token's claims reach the prompt, and a website's script the flow", async () => {
  await using issuer = await tokenIssuer();
  const spec = `auth: { jwt: { issuer: "${issuer.url}", audiences: [${AUDIENCE}] } }
  cors: { origins: ["https://app.example.com"] }`;
  await using file = await objectFile(objects({ greeter: spec }));
  await using server = await genkitd(["serve", file.path, "--port", "0", "--no-watch"]);
  const url = `${server.url}/greeter`;
  const bearer = async (change: Record<string, unknown>) => ({
    authorization: `Bearer ${await issuer.token(change)}`,
  });
  assert.match(await ask(url), /^401 /);
  assert.match(await ask(url, await bearer({ aud: "other" })), /^401 /);
  assert.match(await ask(url, await bearer({ team: "blue" })), /^200 .*you are ann of blue/);
  const preflight = await fetch(url, {
    method: "OPTIONS",
    headers: { origin: "https://app.example.com", "access-control-request-method": "POST" },
  });
  assert.equal(preflight.status, 204);
  assert.equal(
    preflight.headers.get("access-control-allow-origin"),
    "https://app.example.com",
  );
});

function config(dir: string) {
  return {
    defaultModel: { provider: "echo", model: "echo" },
    plugin: { type: "echo" },
    auth: { apiKeys: { header: "x-api-key", dir } },
  };
}

function runner(root: string) {
  return genkitd(["runner", "--root", root, "--host", "127.0.0.1", "--port", "0"], {
    ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/,
  });
}

/** Asks until the answer is as it should be: mounted keys are read once a second. */
async function untilAnswered(url: string, key: string, expected: RegExp): Promise<void> {
  const give = performance.now() + 60_000;
  for (;;) {
    const answer = await ask(url, { "x-api-key": key });
    if (expected.test(answer)) return;
    assert.ok(performance.now() < give, `the answer is ${answer}, it should be ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("runner: the keys of the single layout are mounted at api-keys, and followed", async () => {
  await using tree = await genkitTree({
    "config.json": config("/genkit/api-keys"),
    "prompts/greeting.prompt": PROMPT,
    "api-keys/ann": "key-a\n",
    "api-keys/bob.json": "key-b",
  });
  await using server = await runner(tree.root);
  const url = `${server.url}/greeting`;
  assert.match(await ask(url), /^401 /);
  assert.match(await ask(url, { "x-api-key": "key-a" }), /^200 .*you are ann of/);
  assert.match(await ask(url, { "x-api-key": "key-b" }), /^200 .*you are bob.json of/);
  await tree.write("api-keys/ann", "key-new");
  await untilAnswered(url, "key-new", /^200 .*you are ann of/);
  assert.match(await ask(url, { "x-api-key": "key-a" }), /^401 /);
  await Deno.remove(`${tree.root}/api-keys`, { recursive: true });
  await untilAnswered(url, "key-new", /^401 /);
  assert.doesNotMatch(server.output(), /key-(a|b|new)/);
});

Deno.test("runner: flows of the multi layout have keys of their own", async () => {
  await using tree = await echoFlows({
    red: { "config.json": config("/genkit/flows/red/api-keys"), "api-keys/ann": "key-red" },
    blue: { "config.json": config("/genkit/flows/blue/api-keys"), "api-keys/ann": "key-blue" },
    none: { "config.json": config("/genkit/flows/none/api-keys") },
    outside: { "config.json": config("/etc") },
    empty: { "config.json": { plugin: { type: "echo" }, auth: {} } },
    open: {},
  });
  await using server = await runner(tree.root);
  const of = (flow: string, key: string) =>
    ask(`${server.url}/${flow}`, { "x-api-key": key }).then((answer) => answer.slice(0, 3));
  assert.deepEqual(
    await Promise.all([of("red", "key-red"), of("red", "key-blue"), of("blue", "key-blue")]),
    ["200", "401", "200"],
  );
  assert.equal(await of("none", "key-red"), "401", "without a folder nobody has a key");
  assert.equal(await of("open", ""), "200");
  assert.match(await ask(`${server.url}/outside`), /^503 .*is not below/);
  assert.match(await ask(`${server.url}/empty`), /^503 .*should have \\"apiKeys\\" or \\"jwt\\"/);
});
