import { z } from "zod";
import { quantity } from "./quantity.ts";

const atomic = { "x-kubernetes-map-type": "atomic" };

const keySelector = z.object({
  key: z.string(),
  name: z.string().default(""),
  optional: z.boolean().optional(),
}).meta(atomic);

/** A container's EnvVar, as in Kubernetes. */
export const envVar = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z.object({
    configMapKeyRef: keySelector.optional(),
    secretKeyRef: keySelector.optional(),
    fieldRef: z.object({ apiVersion: z.string().optional(), fieldPath: z.string() })
      .meta(atomic).optional(),
    fileKeyRef: z.object({
      key: z.string(),
      optional: z.boolean().default(false),
      path: z.string(),
      volumeName: z.string(),
    }).meta(atomic).optional(),
    resourceFieldRef: z.object({
      containerName: z.string().optional(),
      divisor: quantity.optional(),
      resource: z.string(),
    }).meta(atomic).optional(),
  }).optional(),
});

/** A container's EnvVar, as in Kubernetes. */
export type EnvVar = z.infer<typeof envVar>;
