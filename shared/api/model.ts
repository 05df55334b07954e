import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";
import { modelRetry } from "./model_retry.ts";

/** What a Model says, also where it is written into a Flow as `modelSpec`. */
export const modelSpec = z.object({
  provider: z.string().min(1)
    .describe("The provider: the `type` of the PluginConfig, for example googleai."),
  model: z.string().min(1).describe("The provider's own name for the model."),
  pluginConfigRef: localReference
    .describe("The PluginConfig with the provider's settings and credentials."),
  info: freeForm().optional()
    .describe("What the model can do, as Genkit's ModelInfo: label, stage, versions, supports."),
  defaultConfig: freeForm().optional().describe(
    "Generation settings where prompt and request give none, for example temperature, " +
      "maxOutputTokens, topP, topK, stopSequences.",
  ),
  retry: modelRetry.optional(),
}).describe("A provider's model and its settings.");

/** What a Model says, also where it is written into a Flow as `modelSpec`. */
export type ModelSpec = z.infer<typeof modelSpec>;

/** The kind Model: a provider's model and its settings, for flows to refer to. */
export const modelKind = customKind({
  kind: "Model",
  shortName: "gmd",
  description: "A provider's model and its settings, for flows to refer to.",
  spec: modelSpec,
  status: z.object(commonStatus).describe("What the operator knows of the Model."),
  printerColumns: [
    { name: "Provider", type: "string", jsonPath: ".spec.provider" },
    { name: "Model", type: "string", jsonPath: ".spec.model" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** A provider's model and its settings. */
export type Model = z.infer<typeof modelKind.schema>;
