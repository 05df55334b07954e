/** Secrets and ConfigMaps of strangers that nobody refers to any more, and then somebody does again. */
import assert from "assert";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { objectOf } from "../api/objects.ts";
import { ManualClock } from "../manual_clock.ts";
import { MemoryCluster } from "./memory_cluster.ts";
import { type MemoryOperator, startMemoryOperator } from "./memory_operator.ts";

function inDemo(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace: "demo" } };
}

function config(name = "openai"): KubernetesObject {
  const credentialsRef = { name: "keys" };
  return inDemo(objectOf("PluginConfig", { type: "openai", credentialsRef }, name));
}

const keys: KubernetesObject = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace: "demo", name: "keys" },
  data: { OPENAI_API_KEY: btoa("k") },
};

/** Runs an operator that has no objects yet, and counts how often it gets the Secret. */
async function operated(
  use: (at: { cluster: MemoryCluster; operator: MemoryOperator; gets(): number }) => Promise<void>,
): Promise<void> {
  const cluster = new MemoryCluster();
  const { get } = cluster;
  let gets = 0;
  cluster.get = (resource, ...rest) => {
    if (resource.kind === "Secret") gets++;
    return get(resource, ...rest);
  };
  const operator = startMemoryOperator(cluster, new ManualClock(), () => 0);
  try {
    await operator.start();
    await use({ cluster, operator, gets: () => gets });
    assert.deepEqual(operator.errors, []);
  } finally {
    await operator.stop();
  }
}

const readyOf = (cluster: MemoryCluster) => {
  const { status } = cluster.find("PluginConfig", { namespace: "demo", name: "openai" })!;
  const { conditions } = status as { conditions: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === "Ready")!.status;
};

Deno.test("operator: a Secret that changed while nobody referred to it is read as it is now", () =>
  operated(async ({ cluster, operator }) => {
    cluster.put(config());
    await operator.idle();
    assert.equal(readyOf(cluster), "False");
    cluster.remove("PluginConfig", { namespace: "demo", name: "openai" });
    await operator.idle();
    cluster.put(keys);
    await operator.idle();
    cluster.put(config());
    await operator.idle();
    assert.equal(readyOf(cluster), "True");
  }));

Deno.test("operator: a Secret is kept in memory while somebody refers to it, and no longer", () =>
  operated(async ({ cluster, operator, gets }) => {
    cluster.put(keys);
    for (const name of ["openai", "second"]) cluster.put(config(name));
    await operator.idle();
    assert.equal(gets(), 1);
    cluster.remove("PluginConfig", { namespace: "demo", name: "second" });
    await operator.idle();
    cluster.put(config("second"));
    await operator.idle();
    assert.equal(gets(), 1, "the first still refers to it");
    for (const name of ["openai", "second"]) {
      cluster.remove("PluginConfig", { namespace: "demo", name });
    }
    await operator.idle();
    cluster.put(config());
    await operator.idle();
    assert.equal(gets(), 2, "nobody did, so that it was read anew");
  }));
