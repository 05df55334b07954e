import { z } from "zod";
import { coreObject, coreObjects } from "./core_object.ts";
import { int32 } from "./integer.ts";
import { withRules } from "./rule.ts";

const percent = int32().min(1).max(1000);

/** The settings of a HorizontalPodAutoscaler for a server's pods. */
export const autoscaling = withRules(
  z.object({
    minReplicas: int32().min(1).default(1).describe("The fewest pods."),
    maxReplicas: int32().min(1).describe("The most pods."),
    targetCPUUtilizationPercentage: percent.optional()
      .describe("How much of the CPU that they ask for the pods should use; 80 without metrics."),
    targetMemoryUtilizationPercentage: percent.optional()
      .describe("How much of the memory that they ask for the pods should use."),
    metrics: coreObjects().optional()
      .describe("More metrics, as in a HorizontalPodAutoscaler of autoscaling/v2."),
    behavior: coreObject().optional()
      .describe("How fast to scale, as in a HorizontalPodAutoscaler of autoscaling/v2."),
  }).describe("Scales the pods by load; spec.replicas then says nothing."),
  [{
    cel: "self.minReplicas <= self.maxReplicas",
    message: "minReplicas is larger than maxReplicas, should be at most that",
    check: ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
    path: ["minReplicas"],
  }],
);

/** The settings of a HorizontalPodAutoscaler for a server's pods. */
export type Autoscaling = z.infer<typeof autoscaling>;
