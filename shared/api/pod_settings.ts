import { z } from "zod";
import { coreObject, coreObjects } from "./core_object.ts";
import { listMap } from "./list_map.ts";
import { withRules } from "./rule.ts";

const texts = z.record(z.string().max(317), z.string().max(4096));
const labels = z.record(z.string().max(317), z.string().max(63));

/** The labels by which the operator, Services and Deployments find pods; nobody else sets them. */
export const RESERVED_LABELS: readonly string[] = [
  "app.kubernetes.io/managed-by",
  "genkit.dev/flow",
  "genkit.dev/flowset",
  "genkit.dev/eval",
];

const podLabels = withRules(labels.describe("More labels of the pods, but for genkitd's own."), [{
  // By name, since a rule that looks at every label costs more than the API server allows.
  cel: RESERVED_LABELS.map((label) => `!('${label}' in self)`).join(" && "),
  message: `sets a label that is genkitd's own, should set none of ${RESERVED_LABELS.join(", ")}`,
  check: (labels) => !RESERVED_LABELS.some((label) => Object.hasOwn(labels, label)),
}]);

/** The spec fields of a Flow or FlowSet about its pods' place, identity and extras. */
export const podSettings = {
  nodeSelector: labels.optional().describe("The labels that a node must have to run the pods."),
  tolerations: coreObjects().optional().describe("Taints of nodes that the pods bear."),
  affinity: coreObject().optional().describe("Which nodes and neighbours the pods prefer."),
  topologySpreadConstraints: coreObjects().optional()
    .describe(
      "How the pods spread over nodes and zones; one without a labelSelector counts these pods.",
    ),
  priorityClassName: z.string().max(253).optional()
    .describe("How important the pods are where room is short."),
  imagePullSecrets: listMap(z.object({ name: z.string().min(1).max(253) }), "name").max(64)
    .optional().describe("The Secrets that the image is pulled with."),
  podAnnotations: texts.optional().describe("More annotations of the pods."),
  podLabels: podLabels.optional(),
  podSecurityContext: coreObject().optional()
    .describe(
      "Fields that win over the pods' restricted security context; null takes one away, " +
        "where --server-side is given: kubectl apply leaves null out without it.",
    ),
  securityContext: coreObject().optional()
    .describe(
      "Fields that win over the container's restricted security context; null takes one away, " +
        "where --server-side is given: kubectl apply leaves null out without it.",
    ),
  volumes: coreObjects().optional().describe("More volumes of the pods."),
  volumeMounts: coreObjects().optional()
    .describe("Where the container mounts them; one at /tmp takes the place of genkitd's own."),
};
