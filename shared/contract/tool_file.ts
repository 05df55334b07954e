import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

/** What a tool tells the model: Genkit's ToolDefinition. */
const toolDefinitionSchema = z.looseObject({
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
    /** A folder with one file a header, re-read on each call. */
    headersDir: z.string().nullish(),
  }).nullish(),
  flowRef: z.looseObject({
    name: z.string().min(1),
    /** The target's address, e.g. `http://weather.demo.svc:8080/weather`. */
    url: z.string().nullish(),
  }).nullish(),
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
