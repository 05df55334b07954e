import { z } from "zod";
import { envVar } from "./env_var.ts";
import { int32 } from "./integer.ts";
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
};
