import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

/**
 * The schema of config.json, of the single layout (/genkit/config.json) and of each flow of the
 * multi layout (/genkit/flows/<flow>/config.json). Unknown keys are kept.
 *
 * The keys are genkit-operator 0.5.0's (its docs/runtime-contract.md); `auth`, `limits`, `cors`,
 * `cache` and `flow` are genkitd's optional additions.
 */
export const runtimeConfigSchema = z.looseObject({
  defaultModel: z.looseObject({
    provider: z.string().min(1),
    model: z.string().min(1),
    /** Genkit's ModelInfo, as the Model object's `info` gives it. */
    info: jsonObject.nullish(),
    /** Genkit's generation config, as the Model object's `defaultConfig` gives it. */
    config: jsonObject.nullish(),
  }).nullish(),
  plugin: z.looseObject({
    type: z.string().min(1),
    region: z.string().nullish(),
    extraConfig: jsonObject.nullish(),
  }).nullish(),
  /** Multi layout: the folder with one file a credential key. */
  credentialsDir: z.string().nullish(),
  /** The credential keys to read; when empty or absent, the provider's defaults. */
  credentialKeys: z.array(z.string()).nullish(),
  /** Who may call the flow; absent: anybody. One that names no way would let everybody in. */
  auth: z.looseObject({
    apiKeys: z.looseObject({
      header: z.string().min(1),
      /** A folder with one file a caller: its name, and its key as the text. */
      dir: z.string().min(1),
    }).nullish(),
    jwt: z.looseObject({
      issuer: z.string().min(1),
      audiences: z.array(z.string()).min(1),
      jwksUri: z.string().nullish(),
      claims: z.record(z.string(), z.string()).nullish(),
    }).nullish(),
  }).refine(({ apiKeys, jwt }) => apiKeys || jwt, 'should have "apiKeys" or "jwt"').nullish(),
  /** How much the flow takes, of each pod. */
  limits: z.looseObject({
    concurrency: z.number().int().positive().nullish(),
    queue: z.number().int().min(0).nullish(),
    requestsPerSecond: z.number().positive().nullish(),
    burst: z.number().int().positive().nullish(),
    bodyBytes: z.number().int().positive().nullish(),
    timeoutSeconds: z.number().positive().nullish(),
    tokensPerMinute: z.number().int().positive().nullish(),
  }).nullish(),
  /** Which websites may call the flow from a browser; absent: none. */
  cors: z.looseObject({
    origins: z.array(z.string()).min(1),
    maxAgeSeconds: z.number().int().min(0).nullish(),
  }).nullish(),
  /** Answers that are kept for calls that are exactly alike; absent: none. */
  cache: z.looseObject({
    ttlSeconds: z.number().positive(),
    maxEntries: z.number().int().positive().nullish(),
    maxBytes: z.number().int().positive().nullish(),
  }).nullish(),
  flow: z.looseObject({
    name: z.string().nullish(),
    entrypoint: z.string().nullish(),
  }).nullish(),
});

/** The content of a config.json. */
export type RuntimeConfig = z.infer<typeof runtimeConfigSchema>;
