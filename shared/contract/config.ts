import { z } from "zod";

const jsonObject = z.record(z.string(), z.unknown());

/**
 * The schema of config.json, of the single layout (/genkit/config.json) and of each flow of the
 * multi layout (/genkit/flows/<flow>/config.json). Unknown keys are kept.
 *
 * The keys are genkit-operator 0.5.0's (its docs/runtime-contract.md); `flow` is genkitd's optional
 * addition.
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
  flow: z.looseObject({
    name: z.string().nullish(),
    entrypoint: z.string().nullish(),
  }).nullish(),
});

/** The content of a config.json. */
export type RuntimeConfig = z.infer<typeof runtimeConfigSchema>;
