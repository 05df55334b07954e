import assert from "assert";
import { natsServer } from "../cache/nats_server.ts";
import { genkitd } from "./genkitd.ts";
import { replaceFile } from "./replace_file.ts";

/** A sixth of it is what one renewal may take: long enough that a busy machine renews it in time. */
const LEASE = "24s";

const OBJECTS = (cron: string) => `
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: digest }
spec:
  image: none
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: digest, content: "Hello {{name}}" } }]
  auth: { apiKeys: { secretRef: { name: keys } } }
  schedule: { cron: "${cron}", input: { name: Ada } }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
---
apiVersion: v1
kind: Secret
metadata: { name: keys }
stringData: { ann: a-key-that-nobody-guesses }
`;

/** The times that a process has run the flow for, from its log. */
function dues(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    const { message, flow, due, status } = JSON.parse(line);
    if (message !== "request" || due === undefined) return [];
    assert.deepEqual([flow, status], ["digest", 200], line);
    return [due];
  });
}

Deno.test("three processes on NATS run each time once; another goes on where one is killed or ends", async () => {
  await using nats = await natsServer();
  const folder = await Deno.makeTempDir();
  const file = `${folder}/flows.yaml`;
  await Deno.writeTextFile(file, OBJECTS("* * * * * *"));
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  await Deno.writeTextFile(
    `${folder}/genkitd.yaml`,
    `sources: [{ filesystem: { paths: [flows.yaml] } }]
cache: { type: nats, url: "${nats.url}", bucket: test, leaseDuration: ${LEASE} }
`,
  );
  const nodes = await Promise.all([1, 2, 3].map(async () => {
    const args = ["serve", "--config", `${folder}/genkitd.yaml`, "--log-format", "json"];
    return stack.use(await genkitd([...args, "--port", "0"]));
  }));
  const states = async ({ url }: { url: string }) =>
    (await (await fetch(`${url}/schedules`)).json()).schedules[0];
  /** The process that runs the flow: who else has run it is dead. */
  const runner = (among: typeof nodes) => among.find(({ output }) => dues(output()).length > 0)!;
  const ran = /"due":"(?:(?!"due":)[^])*"due":"(?:(?!"due":)[^])*"due":"/;

  await Promise.any(nodes.map(({ saw }) => saw(ran)));
  const first = runner(nodes);
  const rest = nodes.filter((node) => node !== first);
  assert.deepEqual(rest.flatMap(({ output }) => dues(output())), []);
  first.kill("SIGKILL");
  await first.ended;
  await Promise.any(rest.map(({ saw }) => saw(ran)));

  const second = runner(rest);
  const [third] = rest.filter((node) => node !== second);
  assert.ok(third !== undefined && dues(third.output()).length === 0);
  second.kill("SIGTERM");
  await second.ended;
  await third.saw(ran);

  const all = nodes.flatMap(({ output }) => dues(output()));
  assert.deepEqual(all.toSorted(), [...new Set(all)].toSorted(), "no time is run twice");
  const { node, runs, failures, last } = await states(third);
  assert.deepEqual([node, last.outcome], [last.node, "success"]);
  // The killed one may have died in a run.
  assert.ok(
    runs >= all.length && failures <= 1,
    `${runs} runs, ${failures} failures, ${all.length}`,
  );

  // An edit of the file ends it: the next time is months away.
  const reloaded = third.says(/changed.*digest/);
  await replaceFile(file, OBJECTS("0 0 29 2 *"));
  await reloaded;
  const { next } = await states(third);
  assert.match(next, /-02-29T00:00:00/);
});
