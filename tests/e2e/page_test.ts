/** Where there is a page and where there is none, with the program as a process. */
import assert from "assert";
import { genkitd } from "./genkitd.ts";

const example = new URL("../../examples/assistants.yaml", import.meta.url).pathname;

Deno.test("serve has a page, and ends at once while one listens", async () => {
  await using server = await genkitd(["serve", example, "--offline", "--port", "0"]);
  await server.saw(/curl/);
  assert.match(await (await fetch(server.url)).text(), /^<!DOCTYPE html>/);
  const { flows } = await (await fetch(`${server.url}/-/state`)).json();
  const seen = flows.map(({ name, owner }: Record<string, string>) => [name, owner]);
  const owner = 'FlowSet "default/assistants"';
  assert.deepEqual(seen, [["greeter", owner], ["summarizer", owner], ["translator", owner]]);
  assert.match(flows[0].place, /assistants\.yaml:\d+:\d+$/);
  const events = await fetch(`${server.url}/-/events`);
  const reading = events.text();
  server.kill("SIGTERM");
  assert.equal((await server.ended).code, 0);
  assert.match(await reading, /^:\n\n/);
  assert.doesNotMatch(server.output(), /requests were cut/);
});

Deno.test("serve --no-page has none", async () => {
  await using server = await genkitd(["serve", example, "--offline", "--port", "0", "--no-page"]);
  for (const path of ["/", "/-/state"]) {
    const response = await fetch(server.url + path);
    assert.equal(response.status, 404);
    await response.body?.cancel();
  }
});

Deno.test("runner has one where it is asked for, and shows what the tree tells", async () => {
  const root = await Deno.makeTempDir({ prefix: "genkitd-page-" });
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
  await Deno.mkdir(`${root}/prompts`);
  const config = { defaultModel: { provider: "echo", model: "echo" }, plugin: { type: "echo" } };
  await Deno.writeTextFile(`${root}/config.json`, JSON.stringify(config));
  await Deno.writeTextFile(`${root}/prompts/hello.prompt`, "Hello {{name}}");
  const args = [
    "runner",
    "--root",
    root,
    "--port",
    "0",
    "--host",
    "127.0.0.1",
    "--metrics-port",
    "off",
  ];
  const ready = /"url":"(http:[^"]+)"/;
  {
    await using plain = await genkitd(args, { ready });
    const response = await fetch(plain.url);
    assert.equal(response.status, 404);
    await response.body?.cancel();
  }
  await using shown = await genkitd([...args, "--page"], { ready });
  const { flows: [flow] } = await (await fetch(`${shown.url}/-/state`)).json();
  assert.deepEqual([flow.state, flow.routes[0].path, flow.tree.children[0].name], [
    "serving",
    "/hello",
    "echo/echo",
  ]);
});
