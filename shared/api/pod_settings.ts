import { z } from "zod";
import { coreObject, coreObjects } from "./core_object.ts";
import { listMap } from "./list_map.ts";

const texts = z.record(z.string().max(317), z.string().max(4096));
const labels = z.record(z.string().max(317), z.string().max(63));

/** The spec fields of a Flow or FlowSet about its pods' place, identity and extras. */
export const podSettings = {
  nodeSelector: labels.optional().describe("The labels that a node must have to run the pods."),
  tolerations: coreObjects().optional().describe("Taints of nodes that the pods bear."),
  affinity: coreObject().optional().describe("Which nodes and neighbours the pods prefer."),
  topologySpreadConstraints: coreObjects().optional()
    .describe("How the pods spread over nodes and zones."),
  priorityClassName: z.string().max(253).optional()
    .describe("How important the pods are where room is short."),
  imagePullSecrets: listMap(z.object({ name: z.string().min(1).max(253) }), "name").max(64)
    .optional().describe("The Secrets that the image is pulled with."),
  podAnnotations: texts.optional().describe("More annotations of the pods."),
  podLabels: labels.optional()
    .describe("More labels of the pods; genkitd's own cannot be changed."),
  podSecurityContext: coreObject().optional()
    .describe("Fields that win over the pods' restricted security context."),
  securityContext: coreObject().optional()
    .describe("Fields that win over the container's restricted security context."),
  volumes: coreObjects().optional().describe("More volumes of the pods."),
  volumeMounts: coreObjects().optional().describe("Where the container mounts them."),
};
