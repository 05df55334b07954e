import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

const model = z.looseObject({
  provider: z.string().min(1),
  model: z.string().min(1),
  /** Genkit's ModelInfo, as the Model object's `info` gives it. */
  info: jsonObject.nullish(),
  /** Genkit's generation config, as the Model object's `defaultConfig` gives it. */
  config: jsonObject.nullish(),
});

const plugin = z.looseObject({
  type: z.string().min(1),
  region: z.string().nullish(),
  extraConfig: jsonObject.nullish(),
});

/** As in a Model's `retry`, whose defaults hold for what is absent. */
const retry = z.looseObject({
  attempts: z.number().int().positive().nullish(),
  statusCodes: z.array(z.number().int()).nullish(),
  backoffMilliseconds: z.number().positive().nullish(),
  budgetSeconds: z.number().positive().nullish(),
});

/**
 * The schema of config.json, of the single layout (/genkit/config.json) and of each flow of the
 * multi layout (/genkit/flows/<flow>/config.json). Unknown keys are kept.
 *
 * The keys are genkit-operator 0.5.0's (its docs/runtime-contract.md); `retry`, `fallbacks`, `auth`,
 * `limits`, `cors`, `cache`, `schedule` and `flow` are genkitd's optional additions.
 */
export const runtimeConfigSchema = z.looseObject({
  defaultModel: model.nullish(),
  /** How often the default model is asked again where it fails; absent: never. */
  retry: retry.nullish(),
  plugin: plugin.nullish(),
  /** Multi layout: the folder with one file a credential key. */
  credentialsDir: z.string().nullish(),
  /** The credential keys to read; when empty or absent, the provider's defaults. */
  credentialKeys: z.array(z.string()).nullish(),
  /** Models that are asked where those before them fail, in order. */
  fallbacks: z.array(z.looseObject({
    model,
    retry: retry.nullish(),
    plugin,
    /** The folder with one file a credential key; never the environment, which is the first's. */
    credentialsDir: z.string().nullish(),
    credentialKeys: z.array(z.string()).nullish(),
  })).nullish(),
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
  /** When the flow is run without a call; a runner in a pod, which may be one of several, does not. */
  schedule: z.looseObject({
    cron: z.string().min(1),
    timeZone: z.string().nullish(),
    input: jsonObject.nullish(),
  }).nullish(),
  flow: z.looseObject({
    name: z.string().nullish(),
    entrypoint: z.string().nullish(),
  }).nullish(),
});

/** A model that is asked where those before it fail. */
export type FallbackConfig = NonNullable<RuntimeConfig["fallbacks"]>[number];

/** The content of a config.json. */
export type RuntimeConfig = z.infer<typeof runtimeConfigSchema>;
