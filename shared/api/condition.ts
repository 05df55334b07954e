import { z } from "zod";
import { int64 } from "./integer.ts";
import { listMap } from "./list_map.ts";

const condition = z.object({
  type: z.string().max(316)
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
    )
    .describe("What is told, for example Ready, Reconciling, Degraded or Stalled."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  reason: z.string().min(1).max(1024).regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
    .describe("Why, as one word for programs."),
  message: z.string().max(32768).describe("Why, for people; names the object at fault."),
  lastTransitionTime: z.string().meta({ format: "date-time" })
    .describe("When `status` last changed."),
  observedGeneration: int64().min(0).optional()
    .describe("The generation of the object that this was said of."),
}).describe("One thing that is known about the object.");

/** One thing that is known about an object. */
export type Condition = z.infer<typeof condition>;

/** The status fields that every kind has. */
export const commonStatus = {
  conditions: listMap(condition, "type").optional()
    .describe("What is known about the object; Ready sums it up."),
  observedGeneration: int64().optional()
    .describe("The generation of the object that this status tells of."),
};
