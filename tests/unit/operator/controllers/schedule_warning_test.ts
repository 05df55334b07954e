import assert from "assert";
import { scheduleWarning } from "../../../../operator/controllers/schedule_warning.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import type { Condition } from "../../../../shared/api/condition.ts";
import type { Flow } from "../../../../shared/api/flow.ts";
import type { FlowSet } from "../../../../shared/api/flow_set.ts";
import { objectOf } from "../../api/objects.ts";
import { ManualClock } from "../../manual_clock.ts";
import { MemoryCluster } from "../memory_cluster.ts";
import { startMemoryOperator } from "../memory_operator.ts";

const schedule = { cron: "0 9 * * *" };
const text = 'Flow "digest": the schedule of the flow "digest" has no effect in a cluster: ' +
  "it is run by genkitd serve only; a CronJob that calls the flow does the same here";

Deno.test("a Flow or FlowSet with a schedule is told that pods do not run it", () => {
  const cases: [string, object, string | undefined][] = [
    ["Flow", { schedule }, text],
    ["Flow", {}, undefined],
    ["FlowSet", { flows: [{ name: "a" }, { name: "b", schedule }] }, text],
    ["FlowSet", { flows: [{ name: "a" }] }, undefined],
  ];
  for (const [kind, spec, expected] of cases) {
    const object = objectOf(kind, spec, "digest") as unknown as Flow | FlowSet;
    const named = expected?.replace('Flow "digest": ', `${kind} "digest": `)
      .replace('flow "digest"', kind === "Flow" ? 'flow "digest"' : 'flow "b"');
    assert.equal(scheduleWarning(object), named);
  }
});

Deno.test("a Flow with a schedule is ready, and its condition says what it does not do", async () => {
  const cluster = new MemoryCluster();
  const operator = startMemoryOperator(cluster, new ManualClock(), () => 0);
  const where = { namespace: "demo", name: "digest" };
  const put = (kind: string, spec: object, name: string) => {
    const object: KubernetesObject = objectOf(kind, spec, name);
    cluster.put({ ...object, metadata: { ...object.metadata, namespace: "demo" } });
  };
  try {
    await operator.start();
    put("PluginConfig", { type: "ollama" }, "ollama");
    const modelSpec = { provider: "ollama", model: "m", pluginConfigRef: { name: "ollama" } };
    const prompts = [{ prompt: { name: "p", content: "Hello" } }];
    put("Flow", { image: "i:1", modelSpec, prompts, schedule }, "digest");
    await operator.idle();
    const deployment = cluster.find("Deployment", where)!;
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 };
    const observedGeneration = deployment.metadata.generation ?? 1;
    const conditions = [{ type: "Available", status: "True" }];
    cluster.put({ ...deployment, status: { ...counts, observedGeneration, conditions } });
    await operator.idle();
    const { status } = cluster.find("Flow", where)!;
    const [ready] = (status as { conditions: Condition[] }).conditions;
    assert.deepEqual([ready!.status, ready!.reason], ["True", "Available"]);
    assert.ok(ready!.message.endsWith(text), ready!.message);
    assert.deepEqual(operator.errors, []);
  } finally {
    await operator.stop();
  }
});
