import assert from "assert";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { loadOf } from "./load_of.ts";
import { memoryOf, toBytes } from "./memory.ts";
import type { Journey } from "./journey.ts";
import { flow, prompt } from "./objects.ts";
import { restsDuring } from "./rests_during.ts";
import { rolls } from "./rolls.ts";

/** The operator's pods are as the manifests say, serve their probes, and one of them leads. */
export const becomesReady: Journey = {
  name: "the operator's pods become ready, and one of them leads",
  async run({ way, kubectl, operators, leader }) {
    const deployment = ["-n", way.home, "deployment/genkitd-operator"];
    await kubectl("rollout", "status", "--timeout=2m", ...deployment);
    await kubectl("wait", "--for=condition=Available", "--timeout=2m", ...deployment);
    const pods = await operators();
    assert.equal(pods.length, way.replicas);
    for (const pod of pods) {
      assert.deepEqual(await pod.get(8081, "/readyz"), { status: 200, text: "ok\n" });
      assert.deepEqual(await pod.get(8081, "/healthz"), { status: 200, text: "ok\n" });
      assert.match((await pod.get(8080, "/metrics")).text, /^genkitd_leader [01]$/m);
      // Through the Service, with the token and the certificate of its ServiceAccount.
      assert.match(pod.logs(), /server"?[=:]"?https:\/\/10\.0\.0\.1:443/);
    }
    const { pod } = await leader();
    assert.ok(pods.some(({ name }) => name === pod), pod);
    assert.match(await kubectl("get", "lease", "-n", way.home), RegExp(`genkitd-operator +${pod}`));
  },
};

/** Where the operator dies, flows serve on, and its next run changes nothing that is as it should be. */
export const operatorIsKilled: Journey = {
  name: "the operator is killed: flows serve on, and it takes over and writes nothing needless",
  async run(installation) {
    const { leader, operators, apply, ready, way, kubectl } = installation;
    const restarts = async (pod: string) => {
      const count = "jsonpath={.status.containerStatuses[0].restartCount}";
      return Number(await kubectl("get", "pod", pod, "-n", way.home, "-o", count));
    };
    const load = await loadOf(installation, "greeter");
    const { identity, pod } = await leader();
    const before = await restarts(pod);
    await restsDuring(installation, async () => {
      const { pid } = (await operators()).find(({ name }) => name === pod)!;
      Deno.kill(pid, "SIGKILL");
      await leader(identity);
      // Made last, it is looked at last.
      await apply(prompt("afterwards", "Here again"), flow("afterwards"));
      await ready("Flow", "afterwards");
    });
    await load.more(50);
    assert.deepEqual((await load.stop()).failed, []);
    assert.equal(await restarts(pod), before + 1);
  },
};

/** The leader's pod is evicted, as by a drain of its node. */
export const leaderIsEvicted: Journey = {
  name: "the leader's pod is evicted: the budget keeps the other, and another takes over",
  async run(installation) {
    const { way, cluster, seen, leader, operators, edit, call, kubectl } = installation;
    const budget = { namespace: way.home, name: "genkitd-operator" };
    await seen.until(resources.PodDisruptionBudget, budget, (object) => {
      const status = object?.status as { disruptionsAllowed?: number; currentHealthy?: number };
      return status?.disruptionsAllowed === 1 && status.currentHealthy === 2;
    });
    const former = await leader();
    const evict = (name: string) => {
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name } };
      const path = `/api/v1/namespaces/${way.home}/pods/${name}/eviction`;
      return cluster.api.send("POST", path, body);
    };
    const other = (await operators()).find(({ name }) => name !== former.pod)!;
    await evict(former.pod);
    await assert.rejects(() => evict(other.name), /disruption budget/);
    // The other, or the one that comes in place of the former: who looks first.
    assert.notEqual((await leader(former.identity)).pod, former.pod);
    const another = { content: "Hello {{name}}, from another" };
    await rolls(installation, "greeter", () => edit("gpr", "greeter", another));
    assert.match((await call("greeter")).body, /from another/);
    await kubectl("rollout", "status", "-n", way.home, "deployment/genkitd-operator");
    assert.equal((await operators()).length, 2);
  },
};

/** What the operator took stays within what its manifest asks for and allows. */
export const staysInItsMemory: Journey = {
  name: "the operator stays within its memory",
  async run({ operators }) {
    for (const { pid, name, spec } of await operators()) {
      const { resources } = spec.containers[0]!;
      const { now, most } = await memoryOf(pid);
      console.log(`${name}: ${now >> 20} MiB now, ${most >> 20} MiB at most`);
      assert.ok(
        now < toBytes(resources!.requests!.memory!),
        `${now} bytes are more than requested`,
      );
      assert.ok(most < toBytes(resources!.limits!.memory!), `${most} bytes are over the limit`);
    }
  },
};

/** What the docs say removes the operator does, and nothing that serves. */
export const isRemoved: Journey = {
  name: "the operator is removed as the docs say: objects stay, and flows serve on",
  async run({ way, kubectl, call }) {
    await kubectl("delete", "namespace", way.home);
    const ours = ["-l", "app.kubernetes.io/part-of=genkitd"];
    await kubectl("delete", "clusterrole,clusterrolebinding", ...ours);
    assert.match(await kubectl("get", "flows"), /^greeter /m);
    assert.equal((await call("greeter")).status, 200);
  },
};
