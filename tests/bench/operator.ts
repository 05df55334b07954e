/**
 * Measures the operator on a real API server: `deno task bench:operator [flows]`. Everything is made
 * first, then the operator is started, bundled as it is shipped: how long until all children are
 * there, and until an edit of the Model that all flows share has reached all of them.
 *
 * Reference (notes/cluster-harness.md): genkit-operator 0.5.0 with 1,000 Flows, 24.0 s, 11.2 s of CPU,
 * 95 MiB.
 */
import { customKinds } from "../../shared/api/kinds.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { type Resource } from "../../operator/kubernetes/resource.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { ClusterClient } from "../cluster/cluster_client.ts";
import { startControlPlane } from "../cluster/control_plane.ts";
import { startOperator } from "../cluster/operator_process.ts";

const FLOWS = Number(Deno.args[0] ?? 1000);
const OF_SET = 50;
const namespace = "default";
const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const MOD = new URL("../../mod.ts", import.meta.url).pathname;

const bundle = await Deno.makeTempDir({ prefix: "genkitd-bench-" });
const made = await new Deno.Command(Deno.execPath(), {
  args: ["bundle", "--quiet", "--code-splitting", "--outdir", bundle, MOD],
  stderr: "inherit",
}).output();
if (!made.success) throw new Error("Cannot bundle mod.ts");

await using plane = await startControlPlane();
await plane.kubectl(["apply", "--server-side", "-f", CRDS]);
await using cluster = new ClusterClient(plane);
const rows: [string, string][] = [];
const row = (name: string, value: string) => {
  rows.push([name, value]);
  console.log(`${name.padEnd(52)} ${value}`);
};

const began = performance.now();
await create([
  object("PluginConfig", "echo", { type: "echo" }),
  object("Model", "shared", model("one")),
  ...each((index) => object("Prompt", `prompt-${index}`, { content: `Hello ${index} {{name}}` })),
  ...each((index) => object("Flow", `flow-${index}`, { image: "genkitd", ...flow(index) })),
  object("FlowSet", "set", {
    image: "genkitd",
    flows: Array.from({ length: OF_SET }, (_, index) => ({ name: `f${index}`, ...flow(index) })),
  }),
]);
row(`objects made (${FLOWS * 2 + 3})`, seconds(performance.now() - began));

const started = performance.now();
await using operator = await startOperator(
  plane.kubeconfig,
  ["--no-leader-elect", ...Deno.args.slice(1)],
  // As in deploy/base.
  { program: `${bundle}/mod.js`, env: { DENO_V8_FLAGS: "--max-semi-space-size=4" } },
);
const deployments = await cluster.follow(resources.Deployment);
const services = await cluster.follow(resources.Service);
const all = () =>
  deployments.list(namespace).length === FLOWS + 1 &&
  services.list(namespace).filter(({ metadata }) => metadata.labels !== undefined).length > FLOWS;
await cluster.when(all);
const took = performance.now() - started;
row("process start to all Deployments and Services", seconds(took));
const first = await usage(operator.pid);
row("  CPU of the operator", seconds(first.cpu));
row("  peak memory of the operator", `${first.peak} MiB`);
await statuses();
row("  with all statuses written", seconds(performance.now() - started));
const calls = await requests();
row("  API calls a Flow, watches and lists aside", (calls / (FLOWS + 1)).toFixed(2));

const edited = performance.now();
const hashes = new Map(
  deployments.list(namespace).map((each) => [each.metadata.name, hashOf(each)]),
);
const patch = { spec: model("two") };
await cluster.api.mergePatch(customKinds.Model, { namespace, name: "shared" }, patch);
await cluster.when(() =>
  deployments.list(namespace).every((each) => hashOf(each) !== hashes.get(each.metadata.name))
);
row("an edit of the shared Model to all Deployments", seconds(performance.now() - edited));
const second = await usage(operator.pid);
row("  CPU of the operator", seconds(second.cpu - first.cpu));
row("  peak memory of the operator", `${second.peak} MiB`);
row("  API calls a Flow", ((await requests() - calls) / (FLOWS + 1)).toFixed(2));
row(
  "CPU as a part of genkit-operator 0.5.0's 11.2 s",
  ratio(first.cpu / 1000 / 11.2 * 1000 / FLOWS),
);
row("time as a part of genkit-operator 0.5.0's 24.0 s", ratio(took / 1000 / 24 * 1000 / FLOWS));
await Deno.remove(bundle, { recursive: true });

function object(kind: keyof typeof customKinds, name: string, spec: unknown): KubernetesObject {
  return { apiVersion: "genkit.dev/v1alpha1", kind, metadata: { name, namespace }, spec };
}

function model(name: string) {
  return { provider: "echo", model: name, pluginConfigRef: { name: "echo" } };
}

function flow(index: number) {
  return {
    modelRef: { name: "shared" },
    prompts: [{ promptRef: { name: `prompt-${index}` } }],
  };
}

function each(make: (index: number) => KubernetesObject): KubernetesObject[] {
  return Array.from({ length: FLOWS }, (_, index) => make(index));
}

async function create(objects: KubernetesObject[]): Promise<void> {
  const left = objects.values();
  await Promise.all(Array.from({ length: 16 }, async () => {
    for (const object of left) {
      const resource: Resource = customKinds[object.kind as keyof typeof customKinds];
      await cluster.api.create(resource, object);
    }
  }));
}

/** Waits until every Flow has a status. */
async function statuses(): Promise<void> {
  const flows = await cluster.follow(customKinds.Flow);
  await cluster.when(() => flows.list(namespace).every(({ status }) => status !== undefined));
}

/** How many requests the operator made so far, without those that only read for the cache. */
async function requests(): Promise<number> {
  const text = await (await fetch(operator.metrics)).text();
  return [...text.matchAll(/^genkitd_api_requests_total\{verb="(\w+)"[^}]*\} (\d+)$/gm)]
    .filter(([, verb]) => verb !== "list" && verb !== "watch")
    .reduce((sum, [, , count]) => sum + Number(count), 0);
}

/** CPU in milliseconds, peak memory in MiB. */
async function usage(pid: number): Promise<{ cpu: number; peak: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const stat = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ")[1]!.split(" ");
  const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)![1]) / 1024);
  // In hundredths of a second.
  return { cpu: (Number(stat[11]) + Number(stat[12])) * 10, peak };
}

function hashOf({ spec }: KubernetesObject): unknown {
  const { template } = spec as { template: { metadata: { annotations: Record<string, string> } } };
  return template.metadata.annotations["genkit.dev/content-hash"];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function ratio(value: number): string {
  return value.toFixed(2);
}
