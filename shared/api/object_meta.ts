import { z } from "zod";
import { dnsLabel, dnsSubdomain } from "./dns_name.ts";
import { freeForm } from "./free_form.ts";
import { int64 } from "./integer.ts";

const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().optional(),
  blockOwnerDeletion: z.boolean().optional(),
});

const managedFieldsEntry = z.object({
  manager: z.string().optional(),
  operation: z.string().optional(),
  apiVersion: z.string().optional(),
  time: z.string().optional(),
  fieldsType: z.string().optional(),
  fieldsV1: freeForm().optional(),
  subresource: z.string().optional(),
});

/** An object's metadata, as Kubernetes has it. Times are RFC 3339 texts. */
export const objectMeta = z.object({
  name: dnsSubdomain(),
  namespace: dnsLabel().optional(),
  generateName: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: int64().optional(),
  creationTimestamp: z.string().optional(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: int64().optional(),
  finalizers: z.array(z.string()).optional(),
  ownerReferences: z.array(ownerReference).optional(),
  managedFields: z.array(managedFieldsEntry).optional(),
  selfLink: z.string().optional(),
});

/** An object's metadata, as Kubernetes has it. */
export type ObjectMeta = z.infer<typeof objectMeta>;
