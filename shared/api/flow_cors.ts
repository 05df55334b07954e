import { z } from "zod";
import { int32 } from "./integer.ts";

/** Which websites may call a flow from a browser. */
export const flowCors = z.object({
  origins: z.array(z.string().max(512).regex(/^(\*|https?:\/\/[^\/*?#@\s]+)$/)).min(1).max(64)
    .describe("The websites' origins, such as https://app.example.com; `*` is any."),
  maxAgeSeconds: int32().min(0).max(86_400).optional()
    .describe("How long a browser may remember that it may call. 600 by default."),
}).describe("Which websites may call the flow from a browser: none where it is absent.");

/** Which websites may call a flow from a browser. */
export type FlowCors = z.infer<typeof flowCors>;
