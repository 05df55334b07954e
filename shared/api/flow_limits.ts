import { z } from "zod";
import { int32 } from "./integer.ts";

/** How much a flow takes, of each pod. */
export const flowLimits = z.object({
  concurrency: int32().min(1).max(100_000).optional()
    .describe("How many calls run at once, in each pod."),
  queue: int32().min(0).max(100_000).optional()
    .describe("How many more wait for their turn; 503 beyond them. As many as run, by default."),
  requestsPerSecond: z.number().min(0.001).max(1_000_000).optional()
    .describe("How many calls each caller may make a second, on average; 429 beyond it."),
  burst: int32().min(1).max(1_000_000).optional()
    .describe("How many of them at once; a second's worth by default."),
  bodyBytes: int32().min(1).max(64 * 1024 * 1024).optional()
    .describe("The longest body of a call, in bytes; 413 beyond it. 4 MiB by default."),
  timeoutSeconds: int32().min(1).max(3600).optional()
    .describe("How long a call may take; 504 after it. 120 by default."),
  tokensPerMinute: int32().min(1).optional()
    .describe("How many tokens the flow may use a minute, in and out; 429 beyond it."),
}).describe("How much the flow takes.");

/** How much a flow takes, of each pod. */
export type FlowLimits = z.infer<typeof flowLimits>;
