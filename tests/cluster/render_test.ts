import assert from "assert";
import { difference } from "../../operator/engine/difference.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { FIELD_MANAGER } from "../../operator/render/names.ts";
import { childrenOf, type GoldenCase, goldenCases } from "../unit/operator/render/golden_cases.ts";
import { startControlPlane } from "./control_plane.ts";

const cluster = await startControlPlane();
Deno.test.afterAll(() => cluster.stop());

/** The plurals of what a server is made of. */
const PATHS: Record<string, string> = {
  ConfigMap: "/api/v1/namespaces/NS/configmaps",
  Pod: "/api/v1/namespaces/NS/pods",
  Service: "/api/v1/namespaces/NS/services",
  Deployment: "/apis/apps/v1/namespaces/NS/deployments",
  HorizontalPodAutoscaler: "/apis/autoscaling/v2/namespaces/NS/horizontalpodautoscalers",
  PodDisruptionBudget: "/apis/policy/v1/namespaces/NS/poddisruptionbudgets",
  NetworkPolicy: "/apis/networking.k8s.io/v1/namespaces/NS/networkpolicies",
};

/** Sends an object, checked strictly, and gives what became of it, with all warnings. */
async function send(method: "POST" | "PATCH", object: KubernetesObject, query = "") {
  const folder = PATHS[object.kind]!.replace("NS", object.metadata.namespace!);
  const path = method === "POST" ? folder : `${folder}/${object.metadata.name}`;
  const type = method === "POST" ? "application/json" : "application/apply-patch+yaml";
  const manager = `fieldManager=${FIELD_MANAGER}&fieldValidation=Strict${query}`;
  const response = await cluster.fetch(`${path}?${manager}`, {
    method,
    headers: { "content-type": type },
    body: JSON.stringify(object),
  });
  const answer = await response.json();
  assert.ok(response.ok, `${object.kind} "${object.metadata.name}": ${answer.message}`);
  return { live: answer as KubernetesObject, warning: response.headers.get("warning") };
}

const apply = (object: KubernetesObject) => send("PATCH", object, "&force=true");

/** Makes a namespace where only restricted pods may run, and everything else is warned of. */
async function restrictedNamespace(name: string): Promise<void> {
  const labels = Object.fromEntries(
    ["enforce", "warn"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
  await cluster.kubectl(["create", "-f", "-"], { input: [namespace] });
}

/** The children of a golden folder, in a namespace made for them. */
async function childrenIn(namespace: string, golden: GoldenCase): Promise<KubernetesObject[]> {
  await restrictedNamespace(namespace);
  const children = await childrenOf(golden);
  return children.map((child) => ({ ...child, metadata: { ...child.metadata, namespace } }));
}

const cases = goldenCases();

const highPriority = {
  apiVersion: "scheduling.k8s.io/v1",
  kind: "PriorityClass",
  metadata: { name: "high" },
  value: 1000,
};
await cluster.kubectl(["create", "-f", "-"], { input: [highPriority] });

for (const golden of cases) {
  Deno.test(`the API server takes the children of ${golden.name} as they are`, async () => {
    const namespace = golden.name.replaceAll("_", "-");
    for (const child of await childrenIn(namespace, golden)) {
      const first = await apply(child);
      assert.equal(first.warning, null);
      assert.deepEqual(difference(child, first.live, FIELD_MANAGER), [], child.kind);
      const second = await apply(child);
      const { resourceVersion } = second.live.metadata;
      assert.equal(resourceVersion, first.live.metadata.resourceVersion, child.kind);
    }
  });

  Deno.test(`a namespace of restricted pods lets those of ${golden.name} run`, async () => {
    const namespace = `pods-${golden.name.replaceAll("_", "-")}`;
    const deployment = deploymentOf(await childrenIn(namespace, golden));
    const { template } = deployment.spec as { template: { spec: unknown } };
    const metadata = { name: "one", namespace };
    await send("POST", { apiVersion: "v1", kind: "Pod", metadata, spec: template.spec });
  });
}

Deno.test("settings that are taken back leave nothing behind", async () => {
  const [every, plain] = ["every_field", "credentials_whole"]
    .map((name) => cases.find((golden) => golden.name === name)!);
  for (const child of await childrenIn("edited", every!)) await apply(child);
  const edited = (await childrenIn("plain", plain!))
    .map((child) => ({ ...child, metadata: { ...child.metadata, namespace: "edited" } }));
  for (const kind of ["Service", "Deployment"]) {
    const child = edited.find((child) => child.kind === kind)!;
    const fresh = { ...child, metadata: { ...child.metadata, namespace: "plain" } };
    assert.deepEqual(given((await apply(child)).live), given((await apply(fresh)).live));
  }
});

Deno.test("a Service becomes one of any other type", async () => {
  const flow = cases.find(({ name }) => name === "credentials_none")!;
  const service = (await childrenIn("types", flow)).find(({ kind }) => kind === "Service")!;
  const types = ["ClusterIP", "NodePort", "LoadBalancer", "NodePort", "ClusterIP"];
  for (const type of [...types, "LoadBalancer", "ClusterIP"]) {
    const child: KubernetesObject = { ...service, spec: Object.assign({}, service.spec, { type }) };
    const { live } = await apply(child);
    assert.deepEqual(difference(child, live, FIELD_MANAGER), [], type);
  }
});

function deploymentOf(children: readonly KubernetesObject[]): KubernetesObject {
  return children.find(({ kind }) => kind === "Deployment")!;
}

/** An object's spec without what the API server chooses. */
function given({ spec }: KubernetesObject): Record<string, unknown> {
  const { clusterIP: _, clusterIPs: _ips, ...rest } = spec as Record<string, unknown>;
  return rest;
}
