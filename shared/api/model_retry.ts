import { z } from "zod";
import { RETRIED_STATUS_CODES } from "../retried_status_codes.ts";
import { int32 } from "./integer.ts";

/** The most seconds of `budgetSeconds`: as long as a flow's call may take. */
const MAX_BUDGET = 3600;

/** How often a model is asked again where it fails. */
export const modelRetry = z.object({
  attempts: int32().min(1).max(10).default(3).describe("How many tries there are in all."),
  statusCodes: z.array(int32().min(400).max(599)).min(1).max(32)
    .default([...RETRIED_STATUS_CODES])
    .describe(
      "The provider's HTTP statuses after which it is tried again. A connection that fails counts " +
        "as 503, and a silence as 504.",
    ),
  backoffMilliseconds: int32().min(1).max(60_000).default(500).describe(
    "The longest wait before the second try; twice as long before each further one, up to 10 " +
      "seconds. The wait is drawn between 0 and that. A Retry-After of the provider goes before it.",
  ),
  budgetSeconds: int32().min(1).max(MAX_BUDGET).optional().describe(
    "How long all tries of a turn may take, waits included: a try that has not begun to answer " +
      "by then is given up. As long as the call may take, by default.",
  ),
}).describe("How often the model is asked again where it fails; once only where this is absent.");

/** How often a model is asked again where it fails. */
export type ModelRetry = z.infer<typeof modelRetry>;
