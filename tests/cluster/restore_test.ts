/**
 * The commands of docs/operations.md for a backup, and for what it is for: a new control plane, and
 * CRDs that somebody has deleted.
 */
import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { clusterBinaries } from "./binaries.ts";
import { ClusterClient } from "./cluster_client.ts";
import { ifTrue } from "./condition.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { startOperatedCluster } from "./operated_cluster.ts";
import { startOperator } from "./operator_process.ts";
import { keepPodsReady } from "./ready_pods.ts";
import { untilServed } from "./until_served.ts";

const namespace = "demo";
const at = (name: string) => ({ namespace, name });
const secret = `{apiVersion: v1, kind: Secret, metadata: {name: key, namespace: ${namespace}}, \
stringData: {GEMINI_API_KEY: a1}}`;
const objects = `
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: gemini}, spec: {type: googleai, credentialsRef: {name: key}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: flash}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: gemini}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello, labels: {team: a}, annotations: {note: b}}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Tool, metadata: {name: clock}, spec: {definition: {name: clock, description: "Tells the time", inputSchema: {type: object}}, implementation: {http: {url: "http://clock.example"}}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: one}, spec: {image: "genkitd:1", modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}], tools: [{name: clock}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: FlowSet, metadata: {name: set}, spec: {image: "genkitd:1", flows: [{name: part, modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}]}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Dataset, metadata: {name: samples}, spec: {format: jsonl, source: {inline: "{}"}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: pushed, labels: {genkit.dev/source: git, genkit.dev/source-namespace: demo}}, spec: {content: "Of a FlowSource"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: going, finalizers: [example.com/never]}, spec: {content: "Being deleted"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: owned, ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid: 6d4c7fb6-0000-4000-8000-000000000000}]}, spec: {content: "Of an owner that is elsewhere"}}
`;

const page = await Deno.readTextFile(`${ROOT}docs/operations.md`);
/** The sh blocks of a section of the page. */
const blocks = (section: string) =>
  [...page.split(`\n## ${section}`)[1]!.split("\n## ")[0]!.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, block]) => block!);
const [backup, install, restore] = blocks("Backup");
const [create, move] = blocks("Day to day").filter((block) => block.includes("elsewhere"));

/** Runs a block of the page as it is printed, in a folder of its own with the checkout's deploy. */
async function run(block: string, { kubeconfig }: ControlPlane, folder: string): Promise<void> {
  const { kubectl } = await clusterBinaries();
  const bin = kubectl.replace(/\/[^/]+$/, "");
  const { success, stderr } = await new Deno.Command("sh", {
    args: ["-euc", block],
    cwd: folder,
    env: { KUBECONFIG: kubeconfig, HOME: folder, PATH: `${bin}:${Deno.env.get("PATH")}` },
    stdout: "null",
  }).output();
  assert.ok(success, `${block}\n${new TextDecoder().decode(stderr)}`);
}

/** What is wanted of the objects, and what is made of them: without what a cluster adds. */
async function picture(cluster: ClusterClient) {
  const wanted = [];
  for (const kind of Object.values(customKinds)) {
    const { items } = await cluster.api.list(kind, { namespace });
    for (const { metadata: { name, labels, annotations }, spec } of items) {
      wanted.push({ kind: kind.kind, name, labels, annotations, spec });
    }
  }
  const made = [];
  for (const resource of [resources.Deployment, resources.Service, resources.ConfigMap]) {
    const { items } = await cluster.api.list(resource, { namespace });
    for (const { metadata: { name, labels }, data } of items) {
      if (name !== "kube-root-ca.crt") made.push({ kind: resource.kind, name, labels, data });
    }
  }
  const hashes = [];
  for (const [kind, name] of [[customKinds.Flow, "one"], [customKinds.FlowSet, "set"]] as const) {
    const { status } = (await cluster.api.get(kind, at(name)))!;
    hashes.push((status as { contentHash: string }).contentHash);
  }
  return { wanted, made, hashes };
}

const ready = async (cluster: ClusterClient) => {
  await cluster.until(customKinds.Flow, at("one"), (flow) => ifTrue(flow, "Ready"));
  await cluster.until(customKinds.FlowSet, at("set"), (set) => ifTrue(set, "Ready"));
};

Deno.test("backup and restore, by the commands of docs/operations.md", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, plane } = operated;
  const folder = await Deno.makeTempDir({ prefix: "genkitd-backup-" });
  await Deno.symlink(`${ROOT}deploy`, `${folder}/deploy`);
  await operated.apply(secret);
  await operated.apply(objects);
  await operated.operate();
  await ready(cluster);
  await operated.kubectl("delete", "prompt", "going", "--wait=false");
  await run(backup!, plane, folder);
  await operated.patch("prompt", "going", { metadata: { finalizers: null } });
  await operated.kubectl("delete", "prompt", "pushed", "owned");
  const before = await picture(cluster);

  await t.step("a backup holds what is wanted and nothing of the cluster", async () => {
    const { items } = JSON.parse(await Deno.readTextFile(`${folder}/genkitd-backup.json`));
    const of = (key: string) =>
      items.some((item: { metadata: object }) => key in item || key in item.metadata);
    for (const key of ["status", "uid", "resourceVersion", "managedFields", "ownerReferences"]) {
      assert.equal(of(key), false, key);
    }
    const names = items.map(({ metadata }: { metadata: { name: string } }) => metadata.name).sort();
    assert.deepEqual(names, [
      ...["clock", "flash", "gemini", "hello", "one", "owned", "samples", "set"],
    ]);
  });

  await t.step("a new control plane has it all again, the children by their names", async () => {
    await using fresh = await startControlPlane({ controllers: true });
    await using there = new ClusterClient(fresh);
    const pods = keepPodsReady(there.api);
    try {
      await run(install!, fresh, folder);
      await untilServed(fresh);
      const token = await fresh.serviceAccountToken("genkitd-system", "genkitd-operator");
      const args = ["--lease-namespace", "genkitd-system"];
      await using _operator = await startOperator(await fresh.kubeconfigFor(token), args);
      await Deno.writeTextFile(`${folder}/secrets.yaml`, secret);
      await run(restore!, fresh, folder);
      await ready(there);
      await fresh.kubectl(["delete", "prompt", "owned", "-n", namespace]);
      assert.deepEqual(await picture(there), before);
    } finally {
      await pods.stop();
    }
  });

  await t.step(
    "an operator that is running takes up what comes back after its CRDs went",
    async () => {
      await operated.kubectl("delete", "crd", ...crds());
      await run(install!, plane, folder);
      await untilServed(plane);
      await run(restore!, plane, folder);
      await operated.kubectl("delete", "prompt", "owned");
      assert.deepEqual(await picture(cluster), before);
    },
  );

  await t.step("another namespace has the same by one more command", async () => {
    await run(create!, plane, folder);
    const there = secret.replace(`, namespace: ${namespace}`, ", namespace: elsewhere");
    await plane.kubectl(["apply", "-f", "-"], { input: there });
    await run(move!, plane, folder);
    const name = { namespace: "elsewhere", name: "one" };
    const { status } = await cluster.until(
      customKinds.Flow,
      name,
      (flow) => ifTrue(flow, "Ready"),
    );
    assert.equal((status as { contentHash: string }).contentHash, before.hashes[0]);
  });
  await Deno.remove(folder, { recursive: true });
});

function crds(): string[] {
  return [...Deno.readDirSync(`${ROOT}deploy/crds`)].filter(({ name }) => name.includes("_"))
    .map(({ name }) => `${name.split("_")[1]!.replace(".yaml", "")}.genkit.dev`);
}
