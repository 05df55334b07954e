import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

/** What a tool tells the model: Genkit's ToolDefinition. */
export const toolDefinitionSchema = z.looseObject({
  name: z.string().min(1),
  description: z.string().default(""),
  inputSchema: jsonObject.nullish(),
  outputSchema: jsonObject.nullish(),
});

/** How a tool is run. */
const toolImplementationSchema = z.looseObject({
  http: z.looseObject({
    url: z.string().min(1),
    method: z.string().nullish(),
    /** Sent as they are; those of `headersDir` go before them. */
    headers: z.record(z.string(), z.string()).nullish(),
    /** A folder with one file a header, re-read on each call. */
    headersDir: z.string().nullish(),
    timeoutSeconds: z.number().positive().nullish(),
    /** For GET, PUT and DELETE. */
    retries: z.number().int().min(0).nullish(),
    maxResponseBytes: z.number().int().positive().nullish(),
  }).nullish(),
  flowRef: z.looseObject({
    name: z.string().min(1),
    /**
     * The target's address, e.g. `http://weather.demo.svc:8080/weather`; absent where the same server
     * has the flow.
     */
    url: z.string().nullish(),
  }).nullish(),
  /** A server of the Model Context Protocol, which describes its functions itself. */
  mcp: z.looseObject({
    url: z.string().min(1),
    /** The server's names of the functions that are used; all of them where there is none. */
    tools: z.array(z.string().min(1)).nullish(),
    /** Sent as they are; those of `headersDir` go before them. */
    headers: z.record(z.string(), z.string()).nullish(),
    /** A folder with one file a header, re-read on each call. */
    headersDir: z.string().nullish(),
    timeoutSeconds: z.number().positive().nullish(),
    maxResponseBytes: z.number().int().positive().nullish(),
  }).nullish(),
  /** What becomes of a failure: `ReportToModel` or `FailCall`, which is the default. */
  onError: z.string().nullish(),
  /** `Required` where nothing is run before the flow's caller approves it. */
  approval: z.string().nullish(),
});

const nested = z.looseObject({
  definition: toolDefinitionSchema,
  implementation: toolImplementationSchema,
});

/**
 * The schema of tools/<name>.json: `{definition, implementation}`, or the flat form that
 * genkit-operator 0.5.0 writes (the definition's own keys beside `implementation`), which is read as
 * the same value.
 */
export const toolFileSchema = z.preprocess((value) => {
  if (typeof value !== "object" || value === null || "definition" in value) return value;
  const { implementation, ...definition } = value as Record<string, unknown>;
  return { definition, implementation };
}, nested);

/** The content of a tool file. */
export type ToolFile = z.infer<typeof nested>;
