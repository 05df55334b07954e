import { z } from "zod";
import { base64Text } from "./base64_text.ts";
import type { Kind } from "./kind.ts";
import { objectMeta } from "./object_meta.ts";

const schema = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("ConfigMap"),
  metadata: objectMeta,
  immutable: z.boolean().optional(),
  data: z.record(z.string(), z.string()).optional(),
  /** Values in base64. */
  binaryData: z.record(z.string(), base64Text).optional(),
});

/** The core kind ConfigMap. */
export const configMapKind = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
  schema,
} satisfies Kind;

/** A ConfigMap; `binaryData` is in base64. */
export type ConfigMap = z.infer<typeof schema>;
