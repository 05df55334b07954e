import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { flowContent, onePromptList, oneToolList } from "./flow_content.ts";
import { int32 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { modelsAlone, oneModelAtMost } from "./model_choice.ts";
import { phase } from "./phase.ts";
import { withRules } from "./rule.ts";
import { serverSettings } from "./server_settings.ts";
import { serverStatus } from "./server_status.ts";
import { serviceNameRule } from "./service_name.ts";

const spec = z.object({
  image: z.string().optional().describe("The image of the runner."),
  ...flowContent,
  ...serverSettings,
}).describe("What the flow does and how its pods run.");

const status = z.object({
  ...commonStatus,
  phase: phase.optional().describe("Where the Flow is in its life, in a word."),
  availableReplicas: int32().optional().describe("How many pods are available."),
  contentHash: z.string().optional()
    .describe("SHA-256 of the content that the pods were last given, in hexadecimal."),
  ...serverStatus,
}).describe("What the operator knows of the Flow.");

/** The kind Flow: one AI flow, served over HTTP by pods of its own. */
export const flowKind = customKind({
  kind: "Flow",
  shortName: "gfl",
  description: "An AI flow, served over HTTP by pods of its own.",
  spec: withRules(spec, [oneModelAtMost, modelsAlone, onePromptList, oneToolList]),
  status,
  nameRules: [serviceNameRule],
  scale: true,
  printerColumns: [
    { name: "Phase", type: "string", jsonPath: ".status.phase" },
    { name: "Available", type: "integer", jsonPath: ".status.availableReplicas" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** One AI flow, served over HTTP by pods of its own. */
export type Flow = z.infer<typeof flowKind.schema>;
