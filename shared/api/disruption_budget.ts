import { z } from "zod";
import { showValue } from "./show_value.ts";
import { withRules } from "./rule.ts";

const error = ({ input }: { input?: unknown }) =>
  `is ${showValue(input)}, should be a number of pods or a percentage, for example 1 or "50%"`;

const countOrPercent = z.union([z.int().min(0), z.string().regex(/^([0-9]|[1-9][0-9]|100)%$/)], {
  error,
}).meta({ "x-kubernetes-int-or-string": true });

/** The settings of a PodDisruptionBudget for a server's pods. */
export const disruptionBudget = withRules(
  z.object({
    minAvailable: countOrPercent.optional()
      .describe("How many pods must be left when nodes are drained."),
    maxUnavailable: countOrPercent.optional()
      .describe("How many pods may be taken when nodes are drained; 1 where neither is set."),
  }).describe("Limits how many pods a drain of nodes may take at once."),
  [{
    cel: "!(has(self.minAvailable) && has(self.maxUnavailable))",
    message: "minAvailable and maxUnavailable are both set, should be one of them",
    check: ({ minAvailable, maxUnavailable }) =>
      minAvailable === undefined || maxUnavailable === undefined,
    path: ["maxUnavailable"],
  }],
);

/** The settings of a PodDisruptionBudget for a server's pods. */
export type DisruptionBudget = z.infer<typeof disruptionBudget>;
