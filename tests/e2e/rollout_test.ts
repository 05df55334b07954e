import assert from "assert";
import { clusterBinaries } from "../cluster/binaries.ts";
import { echoServer } from "./cluster/echo_server.ts";
import { startTestCluster } from "./cluster/test_cluster.ts";
import { testIsolated } from "./cluster/test_isolated.ts";

testIsolated(
  import.meta,
  "rollout: a new ConfigMap and a scale-down lose no request",
  async (t) => {
    await using cluster = await startTestCluster();
    const { controlPlane: { kubectl } } = cluster;
    await cluster.apply(...echoServer({ name: "greeter", replicas: 3, prompt: "Hello {{name}}" }));
    await using client = await cluster.sliceClient({
      namespace: "default",
      service: "greeter",
      lag: 1_000,
    });
    await client.endpoints.until((endpoints) => endpoints.length === 3);
    const answer = async () => (await client.post("/greeter", { name: "Ann" })).body;
    assert.match(await answer(), /Hello Ann/);
    const load = client.load({ path: "/greeter", body: { name: "Ann" } });
    await load.more(100);

    await t.step("a rolling update", async () => {
      const before = names(client.endpoints.now());
      await cluster.apply(...echoServer({ name: "greeter", replicas: 3, prompt: "Bye {{name}}" }));
      await kubectl(["rollout", "status", "deployment/greeter"]);
      await client.endpoints.until((now) =>
        now.length === 3 && !names(now).some((name) => before.includes(name))
      );
      assert.match(await answer(), /Bye Ann/);
      await kubectl([
        "wait",
        "--for=delete",
        "--timeout=2m",
        ...before.map((name) => `pod/${name}`),
      ]);
      assert.deepEqual(load.failed, []);
    });

    await t.step("a scale-down", async () => {
      const before = names(client.endpoints.now());
      await kubectl(["scale", "--replicas=1", "deployment/greeter"]);
      const [left] = names(await client.endpoints.until((now) => now.length === 1));
      const gone = before.filter((name) => name !== left).map((name) => `pod/${name}`);
      await kubectl(["wait", "--for=delete", "--timeout=2m", ...gone]);
      assert.deepEqual(load.failed, []);
    });

    const { answered, failed, byPod } = await load.stop();
    assert.deepEqual(failed, []);
    assert.ok(answered > 500, `${answered} answers`);
    assert.ok(Object.keys(byPod).length >= 6, "every pod, old and new, answered");

    await t.step("a pod that is killed does lose requests, and the report says which", async () => {
      const [pod] = names(client.endpoints.now());
      const load = client.load({ path: "/greeter", body: { name: "Ann" } });
      await load.more(100);
      Deno.kill(cluster.kubelet.running("default", pod!)!.pids.flow!, "SIGKILL");
      // It starts again, and serves.
      await load.more(100);
      const { failed } = await load.stop();
      const lost = failed.filter(({ served }) => served > 0);
      assert.ok(lost.length > 0, "requests on connections that were kept");
      assert.deepEqual([...new Set(lost.map((request) => request.pod))], [pod]);
    });
  },
  { prepare: clusterBinaries },
);

function names(endpoints: { pod: string }[]): string[] {
  return endpoints.map(({ pod }) => pod);
}
