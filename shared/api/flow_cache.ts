import { z } from "zod";
import { int32 } from "./integer.ts";

/** How long, and how many, answers of a flow are kept for calls that are exactly alike. */
export const flowCache = z.object({
  ttlSeconds: int32().min(1).max(2_592_000)
    .describe("How long an answer is kept."),
  maxEntries: int32().min(1).max(1_000_000).optional()
    .describe("How many answers are kept, in each pod. 1,000 by default."),
  maxBytes: int32().min(1024).max(1024 * 1024 * 1024).optional()
    .describe("How many bytes the answers may have, in each pod. 16 MiB by default."),
}).describe("Keeps answers in memory, and gives them to calls that are exactly alike.");

/** How long, and how many, answers of a flow are kept. */
export type FlowCache = z.infer<typeof flowCache>;
