import { z } from "zod";
import { int32 } from "./integer.ts";

const path = z.string().max(1024).regex(/^\//);
const seconds = int32().min(1).max(3600);

/** How Kubernetes asks whether a server's pods are well. */
export const probes = z.object({
  type: z.enum(["HTTP", "TCP", "None"]).default("HTTP").describe(
    "HTTP asks paths, TCP only opens a connection, None asks nothing: for images that answer " +
      "neither.",
  ),
  livenessPath: path.default("/healthz").describe("Asked whether the pod should be restarted."),
  readinessPath: path.default("/readyz").describe("Asked whether the pod takes requests."),
  periodSeconds: seconds.optional().describe(
    "How often the pod is asked; by default every 10 seconds whether it should be restarted, and " +
      "every 2 whether it takes requests.",
  ),
  timeoutSeconds: seconds.default(3).describe("How long an answer may take."),
  failureThreshold: int32().min(1).max(1000).default(3)
    .describe("How many wrong answers in a row count."),
  startupSeconds: seconds.default(120).describe("How long the pod may take to start."),
}).describe("How Kubernetes asks whether the pods are well.");

/** How Kubernetes asks whether a server's pods are well. */
export type Probes = z.infer<typeof probes>;
