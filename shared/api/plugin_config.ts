import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";

const spec = z.object({
  type: z.string().min(1)
    .describe("The provider, for example googleai, anthropic or echo (needs no key)."),
  credentialsRef: localReference.optional().describe(
    "The Secret with the provider's credentials. Leave it out for a provider without keys, and " +
      "for a cloud workload identity (see serviceAccountName).",
  ),
  credentialKeys: z.array(z.string()).optional().describe(
    "The keys of the Secret that the provider gets; the provider's usual ones where empty.",
  ),
  region: z.string().optional().describe("The provider's region, where it has regions."),
  extraConfig: freeForm().optional()
    .describe("More settings of the provider, for example baseURL, as an object."),
}).describe("A provider's settings and where its credentials are.");

/** The kind PluginConfig: a model provider's settings and credentials. */
export const pluginConfigKind = customKind({
  kind: "PluginConfig",
  shortName: "gpc",
  description: "A model provider's settings and credentials, for models to refer to.",
  spec,
  status: z.object(commonStatus).describe("What the operator knows of the PluginConfig."),
  printerColumns: [
    { name: "Type", type: "string", jsonPath: ".spec.type" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** A model provider's settings and credentials. */
export type PluginConfig = z.infer<typeof pluginConfigKind.schema>;
