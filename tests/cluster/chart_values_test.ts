/** What the chart's values do, and that wrong ones are refused by helm. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { createHelm } from "./helm.ts";
import { readObjects } from "./kustomize.ts";

const CHART = `${ROOT}deploy/chart`;
const home = await Deno.makeTempDir({ prefix: "genkitd-chart-" });
const helm = await createHelm({ folder: home });

Deno.test.afterAll(() => Deno.remove(home, { recursive: true }));

Deno.test("helm lint finds nothing", async () => {
  const { stdout } = await helm(["lint", "--strict", "--with-subcharts", CHART]);
  assert.deepEqual(stdout.match(/\[\w+\].*/g), ["[INFO] Chart.yaml: icon is recommended"]);
});

const DIGEST = `sha256:${"0".repeat(64)}`;

const faults: { values: object; says: string }[] = [
  { values: { replcas: 2 }, says: "at '': additional properties 'replcas' not allowed" },
  {
    values: { image: { tags: "1" } },
    says: "at '/image': additional properties 'tags' not allowed",
  },
  { values: { crds: { enabled: true } }, says: "at '/crds': additional properties 'enabled'" },
  { values: { replicas: "2" }, says: "at '/replicas': got string, want integer" },
  { values: { replicas: -1 }, says: "at '/replicas': minimum: got -1, want 0" },
  { values: { image: { tag: 1.2 } }, says: "at '/image/tag': got number, want string" },
  { values: { image: { tag: "a b" } }, says: "at '/image/tag': 'a b' does not match pattern" },
  { values: { image: { repository: "" } }, says: "at '/image/repository': minLength" },
  {
    values: { image: { digest: "sha256:12" } },
    says: "at '/image/digest': 'sha256:12' does not match pattern",
  },
  {
    values: { image: { pullPolicy: "always" } },
    says: "at '/image/pullPolicy': value must be one of '', 'IfNotPresent', 'Always', 'Never'",
  },
  {
    values: { image: { pullSecrets: ["registry"] } },
    says: "at '/image/pullSecrets/0': got string, want object",
  },
  { values: { namespaced: "yes" }, says: "at '/namespaced': got string, want boolean" },
  {
    values: { watchSecrets: "auto" },
    says: "at '/watchSecrets': got string, want null or boolean",
  },
  { values: { maxRollouts: 10_001 }, says: "at '/maxRollouts': maximum: got 10,001, want 10,000" },
  { values: { workers: 0 }, says: "at '/workers': minimum: got 0, want 1" },
  { values: { log: { level: "trace" } }, says: "at '/log/level': value must be one of 'debug'" },
  {
    values: { sourceNamespaces: "team-a" },
    says: "at '/sourceNamespaces': got string, want array",
  },
  {
    values: { sourceNamespaces: ["a,b"] },
    says: "at '/sourceNamespaces/0': 'a,b' does not match pattern",
  },
  { values: { extraArgs: ["log-level=debug"] }, says: "at '/extraArgs/0': 'log-level=debug'" },
  { values: { extraEnv: { A: "1" } }, says: "at '/extraEnv': got object, want array" },
  { values: { extraEnv: [{ name: "A", value: 1 }] }, says: "at '/extraEnv/0/value': got number" },
  { values: { extraEnv: [{ name: "HOME", value: "/" }] }, says: "at '/extraEnv/0/name': 'not'" },
  { values: { resources: { limit: {} } }, says: "at '/resources': additional properties 'limit'" },
  { values: { podLabels: { team: 1 } }, says: "at '/podLabels/team': got number, want string" },
  { values: { tolerations: {} }, says: "at '/tolerations': got object, want array" },
];

for (const { values, says } of faults) {
  Deno.test(`refuses ${JSON.stringify(values)}`, async () => {
    const { code, stderr } = await helm(["template", "any", CHART], { values, check: false });
    assert.equal(code, 1);
    assert.ok(stderr.includes(`genkitd:\n- ${says}`), stderr);
  });
}

Deno.test("the image is by tag, or by digest", async () => {
  const image = async (image: object) => (await container({ image })).image;
  assert.equal(await image({ repository: "r.example/g", tag: "2" }), "r.example/g:2");
  assert.equal(await image({ tag: "2", digest: DIGEST }), `ghcr.io/genkitd/genkitd@${DIGEST}`);
});

Deno.test("flags follow the values, and the extra ones come last", async () => {
  const { args, env } = await container({
    namespaced: true,
    watchSecrets: false,
    maxRollouts: 0,
    workers: 32,
    sourceNamespaces: ["a", "b"],
    legacyLease: { namespace: "old" },
    metricsAuth: { enabled: true },
    extraArgs: ["--no-leader-elect"],
    extraEnv: [{ name: "HTTPS_PROXY", value: "http://proxy:3128" }],
  });
  assert.deepEqual(args, [
    "operator",
    "--namespace=$(POD_NAMESPACE)",
    "--legacy-namespace=old",
    "--max-rollouts=0",
    "--workers=32",
    "--source-namespaces=a,b",
    "--metrics-auth",
    "--no-leader-elect",
  ]);
  assert.deepEqual(env.at(-1), { name: "HTTPS_PROXY", value: "http://proxy:3128" });
});

Deno.test("what a pod may have arrives in it, and its selector stays", async () => {
  const spec = {
    priorityClassName: "system-cluster-critical",
    nodeSelector: { "kubernetes.io/arch": "arm64" },
    tolerations: [{ key: "edge", operator: "Exists" }],
    affinity: { nodeAffinity: {} },
    topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 1 }],
  };
  const objects = await render({
    ...spec,
    replicas: 3,
    image: { pullSecrets: [{ name: "registry" }], pullPolicy: "Always" },
    podLabels: { team: "a", "app.kubernetes.io/name": "mine" },
    podAnnotations: { note: "b" },
    resources: { limits: { memory: "1Gi" }, requests: null },
    podSecurityContext: { runAsUser: null, runAsGroup: null, fsGroup: null },
    serviceAccount: { create: false, name: "mine" },
  });
  const { metadata, spec: pod } = podOf(objects);
  assert.deepEqual(metadata, {
    labels: { team: "a", "app.kubernetes.io/name": "genkitd-operator" },
    annotations: { note: "b", "kubectl.kubernetes.io/default-container": "operator" },
  });
  const { priorityClassName, nodeSelector, tolerations, affinity, topologySpreadConstraints } = pod;
  assert.deepEqual(
    { priorityClassName, nodeSelector, tolerations, affinity, topologySpreadConstraints },
    spec,
  );
  assert.deepEqual(pod.imagePullSecrets, [{ name: "registry" }]);
  assert.equal(pod.containers[0]!.imagePullPolicy, "Always");
  assert.deepEqual(pod.containers[0]!.resources, { limits: { memory: "1Gi" } });
  assert.deepEqual(pod.securityContext, {
    runAsNonRoot: true,
    seccompProfile: { type: "RuntimeDefault" },
  });
  assert.deepEqual(objects.filter(({ kind }) => kind === "ServiceAccount"), []);
  assert.equal(pod.serviceAccountName, "mine");
  for (const { kind, subjects } of objects.filter(({ kind }) => kind.endsWith("Binding"))) {
    assert.equal((subjects as { name: string }[])[0]!.name, "mine", kind);
  }
});

Deno.test("Prometheus finds its objects by labels of yours", async () => {
  const objects = await render({
    monitoring: { enabled: true, labels: { release: "prometheus" } },
  });
  for (const kind of ["ServiceMonitor", "PodMonitor", "PrometheusRule"]) {
    const { labels } = objects.find((object) => object.kind === kind)!.metadata;
    assert.equal(labels?.release, "prometheus", kind);
    assert.equal(labels?.["app.kubernetes.io/name"], "genkitd-operator", kind);
  }
});

Deno.test("another chart may have this one as a dependency, under a condition", async () => {
  const parent = `${home}/parent`;
  await Deno.mkdir(`${parent}/templates`, { recursive: true });
  await Deno.writeTextFile(
    `${parent}/Chart.yaml`,
    JSON.stringify({
      apiVersion: "v2",
      name: "parent",
      version: "1.0.0",
      dependencies: [{
        name: "genkitd",
        version: "*",
        repository: `file://${CHART}`,
        condition: "genkitd.enabled",
      }],
    }),
  );
  await helm(["dependency", "build", parent]);
  const kinds = async (enabled: boolean) => {
    const values = { global: { team: "a" }, genkitd: { enabled, replicas: 2 } };
    const { stdout } = await helm(["template", "any", parent], { values });
    return readObjects(stdout).map(({ kind }) => kind);
  };
  assert.ok((await kinds(true)).includes("PodDisruptionBudget"));
  assert.deepEqual(await kinds(false), []);
});

interface Container {
  image: string;
  args: string[];
  env: object[];
  imagePullPolicy?: string;
  resources: object;
}

interface Pod {
  metadata: object;
  spec: Record<string, unknown> & { containers: Container[] };
}

async function render(values: object): Promise<KubernetesObject[]> {
  return readObjects((await helm(["template", "any", CHART], { values })).stdout);
}

async function container(values: object): Promise<Container> {
  return podOf(await render(values)).spec.containers[0]!;
}

function podOf(objects: KubernetesObject[]): Pod {
  const { spec } = objects.find(({ kind }) => kind === "Deployment")!;
  return (spec as { template: Pod }).template;
}
