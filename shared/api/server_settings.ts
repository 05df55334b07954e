import { z } from "zod";
import { autoscaling } from "./autoscaling.ts";
import { disruptionBudget } from "./disruption_budget.ts";
import { envVar } from "./env_var.ts";
import { int32 } from "./integer.ts";
import { networkPolicy } from "./network_policy.ts";
import { podSettings } from "./pod_settings.ts";
import { probes } from "./probes.ts";
import { resourceRequirements } from "./resource_requirements.ts";

/** The spec fields about the pods and the Service, which Flow and FlowSet share. */
export const serverSettings = {
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).default("IfNotPresent")
    .describe("When a node pulls the image."),
  port: int32().min(1).max(65535).default(8080)
    .describe("The port that the container listens on, also given to it as PORT."),
  replicas: int32().min(0).default(1).describe("How many pods to run."),
  resources: resourceRequirements.optional()
    .describe("What the container asks for and may use, of CPU, memory and others."),
  env: z.array(envVar).optional()
    .describe("More environment variables; they win over those that the operator sets."),
  serviceType: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP")
    .describe("How the Service is reached."),
  serviceAccountName: z.string().max(253).optional()
    .describe("The ServiceAccount of the pods, for example one with a cloud workload identity."),
  suspend: z.boolean().optional().describe("Runs no pods while it is true."),
  autoscaling: autoscaling.optional(),
  podDisruptionBudget: disruptionBudget.optional(),
  networkPolicy: networkPolicy.optional(),
  probes: probes.optional(),
  credentialRotation: z.enum(["Restart", "Reload"]).optional().describe(
    "What happens when a Secret in use changes: Restart (the default) replaces the pods, Reload " +
      "leaves it to the runner to read the files again.",
  ),
  requestTimeoutSeconds: int32().min(1).max(3600).optional()
    .describe("How long a request may take; a pod that ends waits that long. 30 by default."),
  progressDeadlineSeconds: int32().min(1).max(86400).optional()
    .describe("After how long without progress a rollout has failed; 600 by default."),
  ...podSettings,
};
