import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { int32 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";

const outputSink = z.object({
  configMap: z.object({
    name: z.string().describe("The ConfigMap's name."),
    key: z.string().describe("The key that takes the result, as JSON."),
  }).optional().describe("Write the result to a ConfigMap of the same namespace."),
  s3: z.object({
    bucket: z.string().describe("The bucket's name."),
    prefix: z.string().optional().describe("What the object's key starts with."),
    credentialsRef: localReference.describe("The Secret with the AWS credentials."),
  }).optional().describe("Write the result to an S3 bucket."),
});

const spec = z.object({
  flowRef: localReference.describe("The Flow to evaluate."),
  datasetRef: localReference.describe("The Dataset with the samples."),
  metrics: z.array(z.string()).min(1).describe("The names of the evaluators to score with."),
  runnerImage: z.string().min(1).describe("The image that runs the evaluation."),
  outputSink: outputSink.describe("Where the result goes: to one of these places."),
  schedule: z.string().optional()
    .describe("When to run, in cron's format; once where it is absent."),
  concurrency: int32().min(1).default(1).describe("How many samples are tried at once."),
}).describe("What to evaluate, with what and how.");

const status = z.object({
  ...commonStatus,
  activeJob: z.string().optional().describe("The Job that is running, if any."),
  lastRunTime: z.string().meta({ format: "date-time" }).optional()
    .describe("When the last run ended."),
  lastRunResult: freeForm().optional().describe("The scores of the last run, a metric each."),
}).describe("What the operator knows of the Eval.");

/** The kind Eval: a run of a Flow over a Dataset, scored. */
export const evalKind = customKind({
  kind: "Eval",
  shortName: "gev",
  description: "A run of a Flow over a Dataset, scored by metrics, once or on a schedule.",
  spec,
  status,
  printerColumns: [
    { name: "Flow", type: "string", jsonPath: ".spec.flowRef.name" },
    { name: "Dataset", type: "string", jsonPath: ".spec.datasetRef.name" },
    { name: "Schedule", type: "string", jsonPath: ".spec.schedule" },
    { name: "Active", type: "string", jsonPath: ".status.activeJob" },
    { name: "LastRun", type: "date", jsonPath: ".status.lastRunTime" },
    COLUMNS.ready,
  ],
});

/** A run of a Flow over a Dataset, scored. */
export type Eval = z.infer<typeof evalKind.schema>;
