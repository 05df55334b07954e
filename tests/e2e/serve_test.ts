import assert from "assert";
import { runFlow, streamFlow } from "genkit/beta/client";
import { genkitd } from "./genkitd.ts";
import { replaceFile } from "./replace_file.ts";

const example = new URL("../../examples/assistants.yaml", import.meta.url).pathname;

/** A folder with files of objects, removed at the end. */
async function folder(files: Record<string, string>) {
  const path = await Deno.makeTempDir({ prefix: "genkitd-serve-" });
  const write = (name: string, text: string) => replaceFile(`${path}/${name}`, text);
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function flow(name: string, template: string, { spec = "" } = {}): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
${spec}  prompts:
    - prompt:
        name: ${name}
        content: |
          ---
          input: { schema: { name: string } }
          ---
          ${template}
`;
}

const ECHO = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;

function post(url: string, body: unknown, init: RequestInit = {}) {
  return fetch(url, { method: "POST", body: JSON.stringify(body), ...init });
}

Deno.test("serve: the FlowSet page's own example, offline", async (t) => {
  await using server = await genkitd(["serve", example, "--offline", "--port", "0", "--no-watch"]);

  await server.saw(/POST \/translator\s.*\n.*curl -d .*\n/);

  await t.step("the table names each route with a line to paste", () => {
    for (const path of ["/greeter", "/summarizer", "/translator"]) {
      assert.match(
        server.output(),
        new RegExp(`POST ${path}[\\s\\S]*curl -d '.*' ${server.url}${path}`),
      );
    }
    assert.match(server.output(), /Offline/);
  });
  await t.step("each printed curl line works", async () => {
    for (const [, body, url] of server.output().matchAll(/curl -d '(.*)' (http\S+)/g)) {
      const response = await fetch(url!, { method: "POST", body: body! });
      assert.equal(response.status, 200);
      assert.notEqual(await response.text(), "");
    }
  });
  await t.step("plain curl -d gets text", async () => {
    const response = await fetch(`${server.url}/greeter`, {
      method: "POST",
      body: '{"name":"Ann"}',
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    assert.equal(response.headers.get("content-type"), "text/plain; charset=utf-8");
    assert.match(await response.text(), /Ann/);
  });
  await t.step("Genkit's own client calls and streams", async () => {
    const url = `${server.url}/greeter`;
    const whole = await runFlow({ url, input: { name: "Zoë 🦊" } });
    assert.match(String(whole), /Zoë 🦊/);
    const { stream, output } = streamFlow({ url, input: { name: "Zoë 🦊" } });
    let text = "";
    for await (const chunk of stream) text += chunk;
    assert.equal(text, await output);
    assert.equal(text, whole);
  });
  await t.step("input is checked against the prompt's schema", async () => {
    const response = await post(`${server.url}/greeter`, { nam: "Ann" });
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.equal(error.status, "INVALID_ARGUMENT");
    assert.match(error.message, /name/);
  });
  await t.step("an unknown path is 404 and names the nearest", async () => {
    const response = await post(`${server.url}/greter`, {});
    assert.equal(response.status, 404);
    assert.match((await response.json()).error.message, /greeter/);
  });
  await t.step("another method is 405", async () => {
    const response = await fetch(`${server.url}/greeter`);
    assert.equal(response.status, 405);
    await response.body?.cancel();
  });
  await t.step("SIGTERM ends it with exit code 0", async () => {
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0);
  });
});

Deno.test("serve: an edit reloads only the flow that it touches", async () => {
  await using files = await folder({
    "plugin.yaml": ECHO,
    "a.yaml": flow("alpha", "First for {{name}}"),
    "b.yaml": flow("beta", "Other for {{name}}"),
  });
  await using server = await genkitd(["serve", files.path, "--port", "0"]);
  const ask = async (path: string) => (await post(`${server.url}/${path}`, { name: "Ann" })).text();
  assert.match(await ask("alpha"), /First for Ann/);

  const reloaded = server.says(/Reloaded: (.*)/);
  await files.write("a.yaml", flow("alpha", "Second for {{name}}"));
  assert.equal((await reloaded)[1], "changed alpha");
  assert.match(await ask("alpha"), /Second for Ann/);
  assert.match(await ask("beta"), /Other for Ann/);

  const added = server.says(/Reloaded: (.*)/);
  await files.write("c.yaml", flow("gamma", "New for {{name}}"));
  assert.equal((await added)[1], "added gamma");
  assert.match(await ask("gamma"), /New for Ann/);

  const removed = server.says(/Reloaded: (.*)/);
  await Deno.remove(`${files.path}/c.yaml`);
  assert.equal((await removed)[1], "removed gamma");
  assert.equal((await post(`${server.url}/gamma`, {})).status, 404);
});

Deno.test("serve: a call in flight ends on the version that it began on", async () => {
  const slow = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo, extraConfig: { echo: { chunkDelayMs: 100 } } }
`;
  await using files = await folder({
    "plugin.yaml": slow,
    "a.yaml": flow("alpha", "one two three four five six seven eight nine ten {{name}}"),
    "b.yaml": flow("beta", "another flow that talks about as long as the first one, {{name}}"),
  });
  await using server = await genkitd(["serve", files.path, "--port", "0"]);
  const sandboxes = () => Deno.readTextFile(`/proc/${server.pid}/task/${server.pid}/children`);
  const before = await sandboxes();
  const { stream, output } = streamFlow({ url: `${server.url}/alpha`, input: { name: "Ann" } });
  const other = streamFlow({ url: `${server.url}/beta`, input: { name: "Bob" } });
  const chunks = stream[Symbol.asyncIterator]();
  await chunks.next();
  const reloaded = server.says(/Reloaded: changed alpha/);
  await files.write("a.yaml", flow("alpha", "short {{name}}"));
  await reloaded;
  while (!(await chunks.next()).done);
  assert.match(String(await output), /one two three .* ten Ann/);
  assert.match(
    String(await other.output),
    /another flow .* Bob/,
    "the other flow's stream went on",
  );
  assert.equal(await sandboxes(), before, "and in the same process");
  assert.match(await (await post(`${server.url}/alpha`, { name: "Ann" })).text(), /short Ann/);
});

Deno.test("serve: a broken edit is told with its place, and the last good version serves on", async (t) => {
  const good = flow("alpha", "Good for {{name}}");
  await using files = await folder({
    "plugin.yaml": ECHO,
    "a.yaml": good,
    "b.yaml": flow("beta", "Other for {{name}}"),
  });
  await using server = await genkitd(["serve", files.path, "--port", "0"]);
  const ask = async (path: string) => (await post(`${server.url}/${path}`, { name: "Ann" })).text();
  const broken: [string, string, RegExp][] = [
    ["YAML", good.replace("spec:", "spec: ]"), /a\.yaml:4:\d+: /],
    ["schema", good.replace("image: example.com/runner", "port: http"), /a\.yaml:5:\d+: .*port/],
    ["template", good.replace("{{name}}", "{{name"), /a\.yaml:\d+:\d+: .*template/],
    ["helper", good.replace("{{name}}", "{{upper name}}"), /a\.yaml:\d+:\d+: .*upper/],
    [
      "reference",
      good.replace("name: echo }", "name: ecko }"),
      /a\.yaml:6:\d+: .*did you mean "echo"/,
    ],
    [
      "provider",
      good.replace("provider: echo", "provider: ollama"),
      /a\.yaml:6:\d+: .*; they should be the same/,
    ],
  ];
  for (const [what, text, message] of broken) {
    await t.step(what, async () => {
      const told = server.says(message);
      await files.write("a.yaml", text);
      await told;
      assert.match(await ask("alpha"), /Good for Ann/);
      assert.match(await ask("beta"), /Other for Ann/);
    });
  }
  await t.step("once, at its own place", () => {
    assert.doesNotMatch(server.output(), /Flow "alpha": Flow "alpha"/);
  });
  await t.step("and that it is put back as it was", async () => {
    const healed = server.says(/No problem is left/);
    await files.write("a.yaml", good);
    await healed;
    assert.match(await ask("alpha"), /Good for Ann/);
  });
  await t.step("and a good edit heals it", async () => {
    const reloaded = server.says(/Reloaded: changed alpha/);
    await files.write("a.yaml", flow("alpha", "Better for {{name}}"));
    await reloaded;
    assert.match(await ask("alpha"), /Better for Ann/);
  });
});

Deno.test("serve: a missing key says both ways to give it", async () => {
  await using files = await folder({
    "a.yaml": `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: gemini }
spec: { type: googleai, credentialsRef: { name: gemini-keys } }
---
` + flow("alpha", "Hi {{name}}").replaceAll("provider: echo", "provider: googleai")
        .replace("name: echo }", "name: gemini }"),
  });
  await using server = await genkitd(["serve", files.path, "--port", "0"], {
    env: { GEMINI_API_KEY: "", GOOGLE_API_KEY: "" },
  });
  const message =
    /add the Secret "gemini-keys" with the key GEMINI_API_KEY or GOOGLE_API_KEY to the files, or set the environment variable GEMINI_API_KEY or GOOGLE_API_KEY/;
  const response = await post(`${server.url}/alpha`, { name: "Ann" });
  assert.equal(response.status, 503);
  assert.match((await response.json()).error.message, message);
  await server.saw(message);
});

Deno.test("serve: the exit codes of what cannot start", async (t) => {
  const exit = async (args: string[]) => {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../../mod.ts", import.meta.url).pathname, "serve", ...args],
      stdout: "piped",
      stderr: "piped",
    });
    const { code, stdout, stderr } = await command.output();
    const text = new TextDecoder();
    return { code, said: text.decode(stdout) + text.decode(stderr) };
  };
  await t.step("a path that is not there", async () => {
    const { code, said } = await exit(["nowhere.yaml", "--port", "0"]);
    assert.equal(code, 1);
    assert.match(said, /nowhere\.yaml/);
  });
  await t.step("no flow at all, and no watch", async () => {
    await using files = await folder({ "plugin.yaml": ECHO });
    const { code, said } = await exit([files.path, "--no-watch", "--port", "0"]);
    assert.equal(code, 1);
    assert.match(said, /no Flow or FlowSet/);
  });
  await t.step("a port that is taken", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    const { code, said } = await exit([example, "--offline", "--port", String(port)]);
    assert.equal(code, 1);
    assert.match(said, new RegExp(`${port}.*in use`));
  });
  await t.step("a host that is not this machine", async () => {
    // For documentation: RFC 5737.
    const { code, said } = await exit([example, "--offline", "--host", "192.0.2.1", "--port=0"]);
    assert.equal(code, 1);
    assert.match(
      said,
      /Cannot listen on 192\.0\.2\.1:0: the host should be an address of this mach/,
    );
  });
  await t.step("a configuration that is a folder", async () => {
    await using files = await folder({ "a.yaml": ECHO });
    const { code, said } = await exit(["--config", files.path]);
    assert.equal(code, 1);
    assert.match(said, /Cannot read the configuration ".+": it is a folder, should be a file\n/);
  });
});
