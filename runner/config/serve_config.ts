import { z } from "zod";
import { int32 } from "../../shared/api/integer.ts";
import { type Rule, withRules } from "../../shared/api/rule.ts";
import { duration } from "../../shared/api/duration.ts";
import { sourceConfig } from "./source_config.ts";
import { textReference } from "./text_reference.ts";

const port = () => int32().min(0).max(65535);

const cache = z.object({
  type: z.literal("nats").describe("Where it is kept: NATS with JetStream."),
  url: z.string().min(1).max(2048).describe(
    "The servers' addresses with commas, such as nats://nats.example:4222 or tls://….",
  ),
  creds: textReference({ secret: true }).optional()
    .describe("The text of a NATS credentials file (.creds), read anew for each connection."),
  ca: textReference({ secret: false }).optional()
    .describe("Certificates in PEM that are trusted besides the usual ones."),
  bucket: z.string().max(64).regex(/^[\w-]+$/, { error: "should be letters, digits, _ and -" })
    .default("genkitd").describe(
      "What the names of the buckets begin with: -system, -runtime and -leases are added. Nodes " +
        "with one bucket serve the same.",
    ),
  replicas: int32().min(1).max(5).default(1)
    .describe("How many servers of a NATS cluster keep each value; set where a bucket is made."),
  leaseDuration: duration({ min: "2s", max: "1h" }).default("60s").describe(
    "How long the node that reads a source may be silent before another one takes over. It is " +
      "renewed six times as often.",
  ),
});

const noCacheWithoutWatch: Rule<Record<string, unknown>> = {
  cel: "!has(self.cache) || self.watch",
  message: "should be true where cache is set: nodes that share a cache follow it",
  check: ({ cache, watch }) => cache === undefined || watch === true,
  path: ["watch"],
};

/**
 * Everything that `genkitd serve` can be told by a file. JSON schema, reference page and variables
 * follow from it.
 */
export const serveConfig = withRules(
  z.object({
    sources: z.array(sourceConfig).max(100).default([]).describe(
      "Where flows come from. Where two have the same object, filesystems go first, then the order.",
    ),
    cache: cache.optional().describe(
      "What several nodes share: one of them reads the sources, all serve what it found. Without " +
        "it each node is by itself.",
    ),
    listen: z.object({
      host: z.string().min(1).max(255).default("127.0.0.1").describe("The address to listen on."),
      port: port().default(8080).describe("The port; 0 takes any free one."),
    }).prefault({}).describe("Where flows are served."),
    telemetry: z.object({
      metricsPort: z.union([port(), z.literal("off")], {
        error: "should be a port from 0 to 65535, or off",
      }).default("off").describe("The port of /metrics, on the same address, or off."),
      recordContent: z.boolean().default(false)
        .describe("Traces hold what models and tools are asked and answer."),
    }).prefault({}).describe("What the server tells of itself."),
    log: z.object({
      format: z.enum(["text", "json"]).default("text")
        .describe("text for people, json for machines: one document a line."),
      level: z.enum(["debug", "info", "warn", "error"]).default("info")
        .describe("The least that is written."),
    }).prefault({}).describe("The log, on standard output."),
    offline: z.boolean().default(false)
      .describe("Answer every model by echo: no key, no network for models."),
    watch: z.boolean().default(true).describe("Follow changes of the sources."),
    page: z.boolean().default(true).describe("Show the flows at `GET /` (docs/page.md)."),
    drainDelay: duration({ min: "0s", max: "24h" }).default("0s")
      .describe("How long requests are accepted after SIGTERM."),
  }),
  [noCacheWithoutWatch],
);

/** What `genkitd serve` is told, with its defaults. */
export type ServeConfig = z.infer<typeof serveConfig>;

/** What several nodes share, with its defaults. */
export type CacheConfig = NonNullable<ServeConfig["cache"]>;
