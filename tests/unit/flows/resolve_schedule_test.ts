import assert from "assert";
import { showPath } from "../../../shared/api/problem.ts";
import { writeTree } from "../../../shared/contract/write_tree.ts";
import { readTree } from "../../../shared/contract/read_tree.ts";
import { checkObjects } from "../../../shared/flows/object_set.ts";
import { resolve } from "../../../shared/flows/resolve.ts";
import { readObjects } from "../../../shared/sources/read_objects.ts";

/** Resolves a FlowSet of two flows, the first of them with a schedule. */
function resolved(schedule: string) {
  const text = `
apiVersion: genkit.dev/v1alpha1
kind: FlowSet
metadata: { name: f }
spec:
  image: none
  flows:
  - { name: a, modelSpec: { provider: echo, model: m, pluginConfigRef: { name: echo } }, prompts: [{ prompt: { name: p, content: Hi } }], schedule: ${schedule} }
  - { name: b, modelSpec: { provider: echo, model: m, pluginConfigRef: { name: echo } }, prompts: [{ prompt: { name: p, content: Hi } }] }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;
  const { objects, problems } = checkObjects(readObjects(new Map([["f.yaml", text]])).objects);
  const [server] = objects.servers;
  return { problems, resolution: server && resolve(server, objects) };
}

Deno.test("a schedule comes through resolve and the tree as it is", () => {
  const schedule = { cron: "0 9 * * MON", timeZone: "Europe/Berlin", input: { name: "Ada" } };
  const { server } = resolved(JSON.stringify(schedule)).resolution!;
  const [a, b] = readTree(writeTree(server)).flows;
  assert.deepEqual([a!.config.schedule, b!.config.schedule], [schedule, undefined]);
});

Deno.test("a schedule that never comes stops its own flow, and says where", () => {
  const cases: [string, string][] = [
    ['{ cron: "0 25 * * *" }', "spec.flows[0].schedule.cron"],
    ['{ cron: "0 0 31 2 *" }', "spec.flows[0].schedule.cron"],
    ['{ cron: "0 9 * * *", timeZone: Berlin }', "spec.flows[0].schedule.timeZone"],
    ['{ cron: "0 9 * * *", input: [1] }', "spec.flows[0].schedule.input"],
  ];
  for (const [schedule, place] of cases) {
    const { server, unresolved } = resolved(schedule).resolution!;
    assert.deepEqual(server.flows.map(({ name }) => name), ["b"], schedule);
    assert.deepEqual(
      unresolved.map(({ name, problems }) => [name, problems.map(({ path }) => showPath(path))]),
      [["a", [place]]],
    );
  }
});

Deno.test("what is no schedule at all is refused as the API server would", () => {
  for (const cron of ["0 9 * *", "@reboot", "2027-01-01T00:00:00", "* * * * * * *", " 0 9 * * *"]) {
    const { problems } = resolved(JSON.stringify({ cron }));
    assert.match(problems[0]?.message ?? "", /schedule\.cron: .*five or six fields/, cron);
  }
});
