import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { int64 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";

const spec = z.object({
  format: z.enum(["json", "jsonl", "csv"]).describe("How the samples are written."),
  schema: freeForm().optional().describe("The JSON Schema that each sample must fit."),
  source: z.object({
    inline: freeForm().optional().describe("The samples, written here."),
    configMapRef: localReference.optional()
      .describe("A ConfigMap with the samples under the key data.json."),
    uri: z.string().optional()
      .describe("The address of the samples, for example s3://, gs:// or https://."),
  }).describe("Where the samples are: in one of these places."),
}).describe("Samples and how they are written.");

const status = z.object({
  ...commonStatus,
  sampleCount: int64().optional()
    .describe("How many samples there are; -1 where they are behind a uri."),
}).describe("What the operator knows of the Dataset.");

/** The kind Dataset: samples to evaluate flows with. */
export const datasetKind = customKind({
  kind: "Dataset",
  shortName: "gds",
  description: "Samples to evaluate flows with.",
  spec,
  status,
  printerColumns: [
    { name: "Format", type: "string", jsonPath: ".spec.format" },
    { name: "Samples", type: "integer", jsonPath: ".status.sampleCount" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** Samples to evaluate flows with. */
export type Dataset = z.infer<typeof datasetKind.schema>;
