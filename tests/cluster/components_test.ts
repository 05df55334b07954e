import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { kustomize } from "./kustomize.ts";

Deno.test("a namespace of one's own is one line", async () => {
  const objects = await kustomize({
    namespace: "team-a",
    resources: ["overlays/namespaced"],
    components: ["components/legacy-lease"],
  });
  const places = objects.flatMap(({ kind, metadata, subjects }) => [
    ...kind.startsWith("Cluster") ? [] : [metadata.namespace],
    ...(subjects as { namespace: string }[] | undefined ?? []).map(({ namespace }) => namespace),
  ]);
  assert.ok(places.length > 6);
  assert.deepEqual([...new Set(places)], ["team-a"]);
});

Deno.test("the overlay for one namespace has nothing of the cluster", async () => {
  const objects = await kustomize({ resources: ["overlays/namespaced"] });
  assert.deepEqual(objects.filter(({ metadata }) => metadata.namespace === undefined), []);
});

Deno.test("monitoring adds a Service, a ServiceMonitor and alerts, which find each other", async () => {
  const objects = await kustomize({
    resources: ["overlays/cluster-wide"],
    components: ["components/monitoring"],
  });
  const service = only(objects, "Service");
  const { selector, ports } = service.spec as { selector: Labels; ports: { name: string }[] };
  const { template } = only(objects, "Deployment").spec as { template: KubernetesObject };
  assert.deepEqual(pick(template.metadata.labels, selector), selector);

  const monitor = only(objects, "ServiceMonitor");
  const spec = monitor.spec as { selector: { matchLabels: Labels }; endpoints: object[] };
  assert.equal(monitor.metadata.namespace, service.metadata.namespace);
  assert.deepEqual(
    pick(service.metadata.labels, spec.selector.matchLabels),
    spec.selector.matchLabels,
  );
  assert.deepEqual(spec.endpoints, [{ port: ports[0]!.name, path: "/metrics" }]);

  const { groups } = only(objects, "PrometheusRule").spec as { groups: { rules: Alert[] }[] };
  const alerts = groups.flatMap(({ rules }) => rules);
  assert.ok(alerts.length >= 5);
  for (const { alert, expr, for: wait, labels, annotations } of alerts) {
    assert.match(expr, /genkitd_|gen_ai_/, alert);
    assert.match(wait, /^\d+m$/, alert);
    assert.match(labels.severity ?? "", /^(critical|warning)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
  }

  const { namespaceSelector } = only(objects, "PodMonitor").spec as { namespaceSelector: object };
  assert.deepEqual(namespaceSelector, { any: true });
});

Deno.test("monitoring of one namespace looks at its own pods, with the same alerts", async () => {
  const [objects, everywhere] = await Promise.all(
    ["monitoring-namespaced", "monitoring"].map((component) =>
      kustomize({
        namespace: "team-a",
        resources: ["overlays/namespaced"],
        components: [`components/${component}`],
      })
    ),
  );
  const monitor = only(objects!, "PodMonitor");
  assert.equal(monitor.metadata.namespace, "team-a");
  assert.equal((monitor.spec as { namespaceSelector?: object }).namespaceSelector, undefined);
  assert.deepEqual(
    objects!.filter(({ kind }) => kind !== "PodMonitor"),
    everywhere!.filter(({ kind }) => kind !== "PodMonitor"),
  );
});

Deno.test("metrics-auth adds the flag, its permissions, and Prometheus' token", async () => {
  const objects = await kustomize({
    resources: ["overlays/high-availability"],
    components: ["components/monitoring", "components/metrics-auth"],
  });
  assert.deepEqual(argsOf(objects), ["operator", "--metrics-auth"]);
  const { endpoints } = only(objects, "ServiceMonitor").spec as { endpoints: object[] };
  assert.deepEqual(Object.keys(endpoints[0]!), ["bearerTokenFile", "path", "port"]);
  const binding = objects.find(({ kind, metadata: { name } }) =>
    kind === "ClusterRoleBinding" && name === "genkitd-operator-metrics-auth"
  );
  assert.deepEqual(binding?.subjects, [
    { kind: "ServiceAccount", name: "genkitd-operator", namespace: "genkitd-system" },
  ]);
});

Deno.test("metrics-auth and high availability go with one namespace, and without monitoring", async () => {
  const objects = await kustomize({
    // A component's objects are made for genkitd-system.
    namespace: "genkit",
    resources: ["overlays/namespaced"],
    components: ["components/metrics-auth", "components/high-availability"],
  });
  assert.equal(argsOf(objects).at(-1), "--metrics-auth");
  assert.equal((only(objects, "Deployment").spec as { replicas: number }).replicas, 2);
  assert.equal(only(objects, "PodDisruptionBudget").metadata.namespace, "genkit");
});

type Labels = Record<string, string>;

interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: Labels;
  annotations: Labels;
}

function only(objects: KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.filter((object) => object.kind === kind);
  assert.equal(found.length, 1, kind);
  return found[0]!;
}

function pick(labels: Labels = {}, keys: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => Object.hasOwn(keys, key)));
}

function argsOf(objects: KubernetesObject[]): string[] {
  const { template } = only(objects, "Deployment").spec as {
    template: { spec: { containers: { args: string[] }[] } };
  };
  return template.spec.containers[0]!.args;
}
