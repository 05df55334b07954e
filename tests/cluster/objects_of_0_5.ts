import type { KubernetesObject } from "../../operator/kubernetes/object.ts";

/** A Flow or FlowSet, as far as its children are made of it. */
export interface Owner {
  kind: "Flow" | "FlowSet";
  name: string;
  namespace: string;
  uid: string;
}

/** What genkit-operator 0.5.0 mounts below /genkit, each from a ConfigMap or Secret. */
interface Mount {
  volume: string;
  mountPath: string;
  source: { configMap: { name: string } } | { secret: { secretName: string } };
  subPath?: string;
}

/**
 * Gives the children that genkit-operator 0.5.0 makes of a Flow with one prompt and a Secret, or of a
 * FlowSet of one such flow `part`, in the order in which it applies them. Go's empty structs
 * (`status: {}`, `strategy: {}`, `resources: {}`) are part of what it sends.
 */
export function objectsOf05(owner: Owner, secret: string): KubernetesObject[] {
  const { kind, name, namespace, uid } = owner;
  const label = kind === "Flow" ? "genkit.dev/flow" : "genkit.dev/flowset";
  const labels = { "app.kubernetes.io/managed-by": "genkit-operator", [label]: name };
  const metadata = (name: string) => ({
    name,
    namespace,
    labels,
    ownerReferences: [{
      apiVersion: "genkit.dev/v1alpha1",
      kind,
      name: owner.name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    }],
  });
  const configMap = (suffix: string, data: Record<string, string>) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: metadata(`${name}-${suffix}`),
    data,
  });
  const content = (prefix: string) => [
    configMap(`${prefix}prompts`, { "hello.prompt": "Hello {{name}}" }),
    configMap(`${prefix}tools`, {}),
    configMap(`${prefix}config`, { "config.json": "{}" }),
  ];
  const [configMaps, mounts, more] = kind === "Flow"
    ? [content(""), mountsOfFlow(name), { envFrom: [{ secretRef: { name: secret } }] }]
    : [
      [...content("part-"), configMap("manifest", { "manifest.json": '{"flows":[]}' })],
      mountsOfFlowSet(name, secret),
      {},
    ];
  const ports = [{ name: "http", port: 8080, targetPort: 8080, protocol: "TCP" }];
  return [
    ...configMaps,
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: metadata(name),
      spec: { type: "ClusterIP", selector: labels, ports },
      status: { loadBalancer: {} },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: metadata(name),
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        strategy: {},
        template: {
          metadata: { labels, annotations: { "genkit.dev/content-hash": "0".repeat(64) } },
          spec: {
            containers: [{
              name: kind.toLowerCase(),
              image: "ghcr.io/xavidop/genkit-operator-runner:0.5.0",
              imagePullPolicy: "IfNotPresent",
              ports: [{ name: "http", containerPort: 8080, protocol: "TCP" }],
              env: [{ name: "OLD", value: "variable" }],
              ...more,
              resources: {},
              volumeMounts: mounts.map(({ volume, mountPath, subPath }) => ({
                name: volume,
                mountPath,
                ...subPath && { subPath },
                ...kind === "FlowSet" && { readOnly: true },
              })),
            }],
            volumes: mounts.map(({ volume, source }) => ({ name: volume, ...source })),
          },
        },
      },
      status: {},
    },
  ];
}

function mountsOfFlow(name: string): Mount[] {
  return ["prompts", "tools", "config"].map((what) => ({
    volume: `genkit-${what}`,
    mountPath: what === "config" ? "/genkit" : `/genkit/${what}`,
    source: { configMap: { name: `${name}-${what}` } },
  }));
}

function mountsOfFlowSet(name: string, secret: string): Mount[] {
  const configMap = (volume: string, suffix: string, path: string, file = ""): Mount => ({
    volume,
    mountPath: `/genkit/${path}${file}`,
    source: { configMap: { name: `${name}-${suffix}` } },
    ...file && { subPath: file },
  });
  return [
    configMap("c-part", "part-config", "flows/part/", "config.json"),
    configMap("genkit-manifest", "manifest", "", "manifest.json"),
    configMap("p-part", "part-prompts", "flows/part/prompts"),
    {
      volume: "s-0123456789",
      mountPath: "/genkit/flows/part/credentials",
      source: { secret: { secretName: secret } },
    },
    configMap("t-part", "part-tools", "flows/part/tools"),
  ];
}
