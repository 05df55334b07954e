import { z } from "zod";
import { listMap } from "./list_map.ts";
import { quantity } from "./quantity.ts";

/** A container's ResourceRequirements, as in Kubernetes. */
export const resourceRequirements = z.object({
  claims: listMap(z.object({ name: z.string(), request: z.string().optional() }), "name")
    .optional(),
  limits: z.record(z.string(), quantity).optional(),
  requests: z.record(z.string(), quantity).optional(),
});

/** A container's ResourceRequirements, as in Kubernetes. */
export type ResourceRequirements = z.infer<typeof resourceRequirements>;
