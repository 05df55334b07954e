import assert from "assert";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { readCluster } from "../../../operator/preview/read_cluster.ts";
import { fakeCluster } from "../operator/preflight/fake_cluster.ts";

const config = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "PluginConfig",
  metadata: { name: "keys", namespace: "demo" },
  spec: { type: "openai", credentialsRef: { name: "keys" } },
  status: {
    conditions: [{ type: "Ready", status: "False", reason: "MissingDependency", message: "gone" }],
  },
};
const secret = {
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "keys", namespace: "demo" },
  data: { OPENAI_API_KEY: btoa("sk-of-the-cluster") },
};

function clusterOf(objects: unknown[], getStatus = 200) {
  const { client } = fakeCluster({ objects: objects as KubernetesObject[] });
  if (getStatus === 200) return client;
  const get = () => Promise.reject(new ApiError(`Cannot get: ${getStatus}`, { status: getStatus }));
  return { ...client, get };
}

Deno.test("a Secret of the cluster is known by its keys, and its value is nowhere", async () => {
  const read = await readCluster(clusterOf([config, secret]), "demo");
  assert.deepEqual(read.scope.set.secret("demo", "keys"), { OPENAI_API_KEY: "" });
  const text = JSON.stringify([read.scope.all, [...read.secretHashes]]);
  assert.ok(!text.includes("sk-of") && !text.includes(secret.data.OPENAI_API_KEY));
});

Deno.test("a Secret that is not there is missing, and one that may not be read is unknown", async () => {
  assert.equal((await readCluster(clusterOf([config]), "demo")).secretState("keys"), "missing");
  const forbidden = await readCluster(clusterOf([config], 403), "demo");
  assert.equal(forbidden.secretState("keys"), "unknown");
  await assert.rejects(readCluster(clusterOf([config], 500), "demo"), /500/);
});

Deno.test("objects have their Ready condition, and those that do not fit their kind are told", async () => {
  const bad = { ...config, kind: "Model", metadata: { name: "bad", namespace: "demo" } };
  const read = await readCluster(clusterOf([config, bad]), "demo");
  assert.equal(read.ready("PluginConfig", "keys")?.reason, "MissingDependency");
  assert.deepEqual(read.scope.invalid.map(({ kind, name }) => [kind, name]), [["Model", "bad"]]);
});
