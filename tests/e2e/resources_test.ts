import assert from "assert";
import { folder } from "../unit/sources/folder.ts";
import { genkitd } from "./genkitd.ts";
import { replaceFile } from "./replace_file.ts";

const EXAMPLE = new URL("../../examples/sources/resources/", import.meta.url);

const FLOW = (name: string, content: string) => `
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: none
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: ${name}, content: ${content} } }]
---`;
const OBJECTS = FLOW("a", "{ $resource: prompts/a.prompt }") + FLOW("b", "Plain") + `
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;

const call = async (url: string, flow: string, input = {}) =>
  await (await fetch(`${url}/${flow}`, { method: "POST", body: JSON.stringify(input) })).text();

Deno.test("serve: a change of a resource reloads only the flows that use it", async () => {
  await using files = await folder({ "flows.yaml": OBJECTS, "prompts/a.prompt": "One" });
  await using server = await genkitd(["serve", files.path, "--port", "0"]);
  await server.saw(/POST \/b/);
  assert.equal(await call(server.url, "a"), "One");

  const reloaded = server.says(/[Rr]eloaded.*/);
  await replaceFile(`${files.path}/prompts/a.prompt`, "Two");
  const [line] = await reloaded;
  assert.deepEqual([/\ba\b/.test(line), /\bb\b/.test(line)], [true, false], line);
  assert.deepEqual([await call(server.url, "a"), await call(server.url, "b")], ["Two", "Plain"]);

  // One that is gone leaves the last good version, and is told with its place.
  const told = server.says(/flows\.yaml:8:.*prompts\/a\.prompt", which is not among the resources/);
  await Deno.remove(`${files.path}/prompts/a.prompt`);
  await told;
  assert.equal(await call(server.url, "a"), "Two");

  const back = server.says(/[Rr]eloaded.*/);
  await replaceFile(`${files.path}/prompts/a.prompt`, "Three");
  await back;
  assert.equal(await call(server.url, "a"), "Three");
});

Deno.test("serve: the example with resources", async () => {
  const folder = EXAMPLE.pathname.replace(/\/$/, "");
  const args = ["serve", folder, "--resources", "schemas/**", "--offline", "--no-watch"];
  await using server = await genkitd([...args, "--port", "0"]);
  await server.saw(/curl -d/);
  const text = await call(server.url, "digest", { topic: "tea" });
  assert.match(text, /^Tell what is new about tea\.\nWrite three short sentences/);
  const { schedules: [schedule] } = await (await fetch(`${server.url}/schedules`)).json();
  assert.deepEqual([schedule.flow, schedule.timeZone], ["digest", "Europe/Berlin"]);
});
