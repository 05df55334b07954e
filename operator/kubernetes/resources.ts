import type { Resource } from "./resource.ts";

/** The resources of Kubernetes that the operator reads or writes, by kind. */
export const resources = {
  ConfigMap: core("ConfigMap", "configmaps"),
  Pod: core("Pod", "pods"),
  Secret: core("Secret", "secrets"),
  Service: core("Service", "services"),
  Deployment: grouped("apps", "v1", "Deployment", "deployments"),
  ReplicaSet: grouped("apps", "v1", "ReplicaSet", "replicasets"),
  HorizontalPodAutoscaler: grouped(
    "autoscaling",
    "v2",
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
  ),
  PodDisruptionBudget: grouped("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  NetworkPolicy: grouped("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
  Job: grouped("batch", "v1", "Job", "jobs"),
  CronJob: grouped("batch", "v1", "CronJob", "cronjobs"),
  Lease: grouped("coordination.k8s.io", "v1", "Lease", "leases"),
  Event: grouped("events.k8s.io", "v1", "Event", "events"),
  CustomResourceDefinition: {
    ...grouped(
      "apiextensions.k8s.io",
      "v1",
      "CustomResourceDefinition",
      "customresourcedefinitions",
    ),
    namespaced: false,
  },
} satisfies Record<string, Resource>;

function core(kind: string, plural: string): Resource {
  return grouped("", "v1", kind, plural);
}

function grouped(group: string, version: string, kind: string, plural: string): Resource {
  return { group, version, kind, plural, namespaced: true };
}
