import assert from "assert";
import { type Genkitd, genkitd } from "./genkitd.ts";
import { echoFlows, genkitTree, toolOf } from "./genkit_tree.ts";

function runner(root: string, args: string[] = [], env: Record<string, string> = {}) {
  return genkitd(
    ["runner", "--root", root, "--host", "127.0.0.1", "--port", "0", ...args],
    { ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/, env },
  );
}

function post(url: string, body: unknown = { name: "Ann" }) {
  return fetch(url, { method: "POST", body: JSON.stringify(body) });
}

async function text(url: string, body?: unknown) {
  const response = await post(url, body);
  return `${response.status} ${await response.text()}`;
}

/** The sandboxes of a runner, by process id. */
async function sandboxes({ pid }: Genkitd): Promise<number[]> {
  const children = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return children.trim().split(" ").filter(Boolean).map(Number);
}

/** Asks until the answer is 200: the restart of a sandbox is announced by nothing else. */
async function untilServing(url: string): Promise<void> {
  for (;;) {
    const response = await post(url);
    await response.body?.cancel();
    if (response.status === 200) return;
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get("retry-after")) >= 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

Deno.test("runner: the single layout of genkit-operator 0.5.0 has a route a prompt", async () => {
  await using tree = await genkitTree({
    "config.json": {
      defaultModel: { provider: "echo", model: "echo" },
      plugin: { type: "echo" },
    },
    "prompts/greeting.prompt": "Hello {{name}}",
    "prompts/farewell.prompt": "Bye {{name}}",
    "prompts/_shared.prompt": "shared",
    "tools/look.json": {
      name: "look",
      description: "Looks",
      implementation: { http: { url: "http://127.0.0.1:1/", method: "POST" } },
    },
  });
  await using server = await runner(tree.root);
  assert.match(await text(`${server.url}/greeting`), /^200 .*Hello Ann/);
  assert.match(await text(`${server.url}/farewell`), /^200 .*Bye Ann/);
  assert.match(await text(`${server.url}/_shared`), /^404 /);
});

Deno.test("runner: a single flow answers under its own name as well", async () => {
  await using tree = await genkitTree({
    "config.json": { plugin: { type: "echo" }, flow: { name: "greeter", entrypoint: "greeting" } },
    "prompts/greeting.prompt": "Hello {{name}}",
  });
  await using server = await runner(tree.root);
  assert.match(await text(`${server.url}/greeter`), /^200 .*Hello Ann/);
  assert.match(await text(`${server.url}/greeting`), /^200 .*Hello Ann/);
});

Deno.test("runner: PORT is honoured, and a wrong one is named", async () => {
  await using tree = await echoFlows({ greeter: {} });
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../../mod.ts", import.meta.url).pathname, "runner"],
    env: { PORT: "eighty" },
    stderr: "piped",
  });
  const { code, stderr } = await command.output();
  assert.equal(code, 2);
  assert.match(new TextDecoder().decode(stderr), /PORT.*eighty/);
  await using server = await genkitd(["runner", "--root", tree.root, "--host", "127.0.0.1"], {
    ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/,
    env: { PORT: "0" },
  });
  assert.match(await text(`${server.url}/greeter`), /^200 /);
});

Deno.test("runner: one bad flow is 503 with its reason, and the others serve", async () => {
  await using tree = await echoFlows({
    good: {},
    "bad-prompt": { "prompts/bad-prompt.prompt": "Hello {{#if name}}" },
    "bad-config": { "config.json": "{" },
    "no-provider": { "config.json": { plugin: { type: "gogleai" } } },
  });
  await using server = await runner(tree.root);
  assert.match(await text(`${server.url}/good`), /^200 /);
  assert.match(await text(`${server.url}/bad-prompt`), /^503 .*bad-prompt/);
  assert.match(await text(`${server.url}/bad-config`), /^503 .*config\.json.*not JSON/);
  assert.match(await text(`${server.url}/no-provider`), /^503 .*did you mean .*googleai/);
  const readyz = await fetch(`${server.url}/readyz?verbose`);
  assert.equal(readyz.status, 200);
  const lines = await readyz.text();
  assert.match(lines, /\[\+\]good serving/);
  assert.match(lines, /\[-\]bad-prompt failed: /);
});

Deno.test("runner: with no flow that serves it is alive and not ready", async () => {
  await using tree = await echoFlows({ bad: { "config.json": "{" } });
  await using server = await runner(tree.root);
  assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
});

Deno.test("runner: partials of the same name in two flows do not meet", async () => {
  await using tree = await echoFlows({
    one: { "prompts/_sign.prompt": "ONE", "prompts/one.prompt": "{{> sign}} {{name}}" },
    two: { "prompts/_sign.prompt": "TWO", "prompts/two.prompt": "{{> sign}} {{name}}" },
  });
  await using server = await runner(tree.root);
  assert.equal((await sandboxes(server)).length, 1, "they share a sandbox");
  for (let round = 0; round < 3; round++) {
    assert.match(await text(`${server.url}/one`), /ONE Ann/);
    assert.match(await text(`${server.url}/two`), /TWO Ann/);
  }
});

Deno.test("runner: a sandbox that dies, hangs or overflows leaves the others answering, and comes back", async (t) => {
  // 2^28 inclusions of nothing take long; 2^23 of something take much memory.
  const bomb = (levels: number, text: string) => {
    const files: Record<string, string> = { "prompts/_p0.prompt": text };
    for (let level = 1; level <= levels; level++) {
      files[`prompts/_p${level}.prompt`] = `{{> p${level - 1}}}{{> p${level - 1}}}`;
    }
    return { ...files, top: `{{#if explode}}{{> p${levels}}}{{/if}}Hello {{name}}` };
  };
  const flow = (name: string, levels: number, text: string, host: string) => {
    const { top, ...files } = bomb(levels, text);
    return { ...files, [`prompts/${name}.prompt`]: top, "tools/look.json": toolOf(host) };
  };
  await using tree = await echoFlows({
    calm: {},
    hanging: flow("hanging", 40, "{{! nothing }}", "127.0.0.1:1"),
    hungry: flow("hungry", 26, "{{name}} and much more", "127.0.0.1:2"),
  });
  await using server = await runner(tree.root);
  assert.equal((await sandboxes(server)).length, 3, "one sandbox a trust domain");
  const calm = `${server.url}/calm`;

  await t.step("killed", async () => {
    const before = await sandboxes(server);
    const slow = before.map((pid) => pid);
    for (const pid of slow) Deno.kill(pid, "SIGKILL");
    await untilServing(calm);
    await untilServing(`${server.url}/hanging`);
    await untilServing(`${server.url}/hungry`);
    const after = await sandboxes(server);
    assert.equal(after.length, 3);
    assert.ok(after.every((pid) => !before.includes(pid)));
  });
  for (const name of ["hanging", "hungry"]) {
    await t.step(name, async () => {
      const url = `${server.url}/${name}`;
      const stuck = text(url, { name: "Ann", explode: true });
      let answered = 0;
      let done = false;
      stuck.finally(() => done = true);
      while (!done) {
        assert.match(await text(calm), /^200 /);
        answered++;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.match(await stuck, /^503 .*sandbox/);
      assert.ok(answered > 0);
      await untilServing(url);
    });
  }
});

Deno.test("runner: a rotated key is used by the next request, without a restart", async () => {
  const seen: string[] = [];
  await using model = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    seen.push(request.headers.get("x-goog-api-key") ?? "none");
    return Response.json({
      candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP" }],
    });
  });
  const config = (name: string) => ({
    defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
    plugin: {
      type: "googleai",
      extraConfig: { baseURL: `http://127.0.0.1:${(model.addr as Deno.NetAddr).port}` },
    },
    credentialsDir: `/genkit/flows/${name}/credentials`,
  });
  await using tree = await echoFlows({
    one: { "config.json": config("one"), "credentials/GEMINI_API_KEY": "key-of-one\n" },
    two: { "config.json": config("two"), "credentials/GEMINI_API_KEY": "key-of-two\n" },
  });
  await using server = await runner(tree.root);
  assert.match(await text(`${server.url}/one`), /^200 Hi/);
  assert.match(await text(`${server.url}/two`), /^200 Hi/);
  await tree.write("flows/one/credentials/GEMINI_API_KEY", "new-key-of-one");
  // The files are looked at four times a second.
  while (seen.at(-1) !== "new-key-of-one") assert.match(await text(`${server.url}/one`), /^200 Hi/);
  assert.match(await text(`${server.url}/two`), /^200 Hi/);
  assert.deepEqual([...new Set(seen)], ["key-of-one", "key-of-two", "new-key-of-one"]);
  assert.equal(seen.at(-1), "key-of-two");
  assert.doesNotMatch(server.output(), /key-of/);
});

Deno.test("runner: on SIGTERM what is in flight ends, and what still arrives is served", async () => {
  await using tree = await echoFlows({
    greeter: {
      "config.json": { plugin: { type: "echo", extraConfig: { echo: { delayMs: 500 } } } },
    },
  });
  // Whoever comes late on a busy machine comes in these seconds, after which nobody is let in.
  await using server = await runner(tree.root, ["--drain-delay", "10s"]);
  const inFlight = text(`${server.url}/greeter`);
  const draining = server.says(/drain/i);
  server.kill("SIGTERM");
  await draining;
  assert.equal((await fetch(`${server.url}/readyz`)).status, 503);
  const late = await post(`${server.url}/greeter`);
  assert.equal(late.status, 200);
  assert.equal(late.headers.get("connection"), "close");
  await late.text();
  assert.match(await inFlight, /^200 /);
  assert.equal((await server.ended).code, 0);
});

Deno.test("runner: a tree that is not there is named", async () => {
  await assert.rejects(runner("/nowhere"), /folder "\/nowhere" is not there/);
});
