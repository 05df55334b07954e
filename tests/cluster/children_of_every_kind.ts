const pods = {
  metadata: { labels: { app: "greeter" } },
  spec: { restartPolicy: "Always", containers: [{ name: "flow", image: "none" }] },
};
const selector = { matchLabels: { app: "greeter" } };
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "greeter" };
const jobTemplate = {
  spec: { template: { ...pods, spec: { ...pods.spec, restartPolicy: "Never" } } },
};

/** One object of each kind that the operator applies: the collection's path below, and the content. */
export const childrenOfEveryKind: [
  apiVersion: string,
  kind: string,
  plural: string,
  object: object,
][] = [
  ["v1", "ConfigMap", "configmaps", { data: { a: "b" } }],
  ["v1", "Service", "services", { spec: { ports: [{ port: 80 }] } }],
  ["apps/v1", "Deployment", "deployments", { spec: { selector, template: pods } }],
  ["autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", {
    spec: { maxReplicas: 2, scaleTargetRef },
  }],
  ["policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", { spec: { selector } }],
  ["networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", { spec: { podSelector: {} } }],
  ["batch/v1", "CronJob", "cronjobs", { spec: { schedule: "@daily", jobTemplate } }],
];
