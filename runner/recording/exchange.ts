import { createHash } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../../shared/contract/canonical_json.ts";

const object = z.record(z.string(), z.unknown());

const askedModel = z.strictObject({
  kind: z.literal("model"),
  /** As in PluginConfig's `type`. */
  provider: z.string().max(128),
  /** Without its provider. */
  model: z.string().max(256),
  /** Genkit's GenerateRequest: messages, config, tools, output. */
  request: z.looseObject({
    messages: z.array(z.looseObject({ role: z.string().max(32), content: z.array(z.unknown()) })),
  }),
});

const askedTool = z.strictObject({
  kind: z.literal("tool"),
  tool: z.string().max(256),
  input: z.unknown(),
});

/** What a turn of a model or a call of a tool was asked. */
export const askedSchema = z.discriminatedUnion("kind", [askedModel, askedTool]);

/** What a turn of a model or a call of a tool was asked. */
export type Asked = z.infer<typeof askedSchema>;

/** What came of it: `response` of a model, `output` of a tool, or `error`. */
export const answerSchema = z.strictObject({
  /** Genkit's GenerateResponse, as far as it is not the provider's own. */
  response: object.optional(),
  /** Genkit's GenerateResponseChunks, where the answer was streamed. */
  chunks: z.array(object).optional(),
  output: z.unknown().optional(),
  /** What a tool gave beside its output, in Genkit's parts. */
  content: z.array(z.unknown()).optional(),
  /** The output is a failure that the model was told of. */
  isError: z.literal(true).optional(),
  error: z.strictObject({
    status: z.string(),
    message: z.string(),
    http: z.number().optional(),
    retryAfter: z.number().optional(),
  }).optional(),
});

/** What came of a turn of a model or a call of a tool. */
export type Answer = z.infer<typeof answerSchema>;

/** One line of a recording. */
export const exchangeSchema = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{64}$/),
  /** The flow that asked. */
  flow: z.string(),
  asked: askedSchema,
  answer: answerSchema,
});

/** One line of a recording. */
export type Exchange = z.infer<typeof exchangeSchema>;

/**
 * Gives the key of what was asked: SHA-256, 64 hex digits. A model is the same whoever asks it; a
 * tool's name means something within its flow only.
 */
export function exchangeKey(flow: string, asked: Asked): string {
  const asks = asked.kind === "tool" ? [flow, asked] : [asked];
  return createHash("sha256").update(canonicalJson(asks)).digest("hex");
}
