import { z } from "zod";
import { base64Text } from "./base64_text.ts";
import type { Kind } from "./kind.ts";
import { objectMeta } from "./object_meta.ts";

const schema = z.object({
  apiVersion: z.literal("v1"),
  kind: z.literal("Secret"),
  metadata: objectMeta,
  type: z.string().optional(),
  immutable: z.boolean().optional(),
  /** Values in base64. */
  data: z.record(z.string(), base64Text).optional(),
  /** Values as they are; they win over those of the same key in `data`. */
  stringData: z.record(z.string(), z.string()).optional(),
});

/** The core kind Secret. */
export const secretKind = {
  group: "",
  version: "v1",
  kind: "Secret",
  plural: "secrets",
  namespaced: true,
  schema,
} satisfies Kind;

/** A Secret; `data` is in base64, `stringData` is as it is and wins. */
export type Secret = z.infer<typeof schema>;
