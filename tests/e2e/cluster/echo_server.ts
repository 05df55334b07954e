/** Options of {@linkcode echoServer}. */
export interface EchoServerOptions {
  /** The name of the flow and of all objects. */
  name: string;
  replicas: number;
  /** The flow's prompt; the model says it back. */
  prompt: string;
  image?: string;
  /** Fields of the container that are added or replaced. */
  container?: Record<string, unknown>;
}

/**
 * A server of one flow whose model echoes, written by hand as kubernetes-decisions.md says that the
 * operator makes it: what can be seen of pods does not need the operator.
 */
export function echoServer(options: EchoServerOptions): Record<string, unknown>[] {
  const { name, replicas, prompt, image = "genkitd:test", container = {} } = options;
  const files: Record<string, string> = {
    "config.json": JSON.stringify({
      defaultModel: { provider: "echo", model: "echo" },
      plugin: { type: "echo" },
      flow: { name, entrypoint: name },
    }),
    [`prompts/${name}.prompt`]: prompt,
  };
  const keyOf = (path: string) => path.replaceAll("/", ".");
  const items = Object.keys(files).map((path) => ({ key: keyOf(path), path }));
  // Content is immutable: another prompt is another ConfigMap.
  const content = `${name}-${[...prompt].reduce((sum, c) => sum * 31 + c.charCodeAt(0) >>> 0, 7)}`;
  const labels = { "genkit.dev/flow": name };
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: content, namespace: "default" },
      immutable: true,
      data: Object.fromEntries(Object.entries(files).map(([path, text]) => [keyOf(path), text])),
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default" },
      spec: { selector: labels, ports: [{ name: "http", port: 80, targetPort: "http" }] },
    },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: "default" },
      spec: {
        replicas,
        selector: { matchLabels: labels },
        strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 45,
            containers: [{
              name: "flow",
              image,
              terminationMessagePolicy: "FallbackToLogsOnError",
              ports: [{ name: "http", containerPort: 8080 }],
              env: [{ name: "PORT", value: "8080" }, { name: "HOME", value: "/tmp" }],
              startupProbe: probe("/healthz", { failureThreshold: 60 }),
              livenessProbe: probe("/healthz", { periodSeconds: 10 }),
              readinessProbe: probe("/readyz", {}),
              lifecycle: { preStop: { sleep: { seconds: 5 } } },
              securityContext: { runAsUser: 65532, readOnlyRootFilesystem: true },
              volumeMounts: [
                { name: "genkit", mountPath: "/genkit", readOnly: true },
                { name: "tmp", mountPath: "/tmp" },
              ],
              ...container,
            }],
            volumes: [
              { name: "genkit", projected: { sources: [{ configMap: { name: content, items } }] } },
              { name: "tmp", emptyDir: {} },
            ],
          },
        },
      },
    },
  ];
}

function probe(path: string, more: Record<string, number>): Record<string, unknown> {
  return { httpGet: { path, port: "http" }, periodSeconds: 1, ...more };
}
