import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { dnsLabel } from "./dns_name.ts";
import { onePromptList, oneToolList, promptedFlowContent, somePrompt } from "./flow_content.ts";
import { int32 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { listMap } from "./list_map.ts";
import { modelsAlone, oneModelAtLeast, oneModelAtMost } from "./model_choice.ts";
import { phase } from "./phase.ts";
import { withRules } from "./rule.ts";
import { serverSettings } from "./server_settings.ts";
import { serverStatus } from "./server_status.ts";
import { serviceNameRule } from "./service_name.ts";

const flow = withRules(
  z.object({
    name: dnsLabel().describe("The flow's name: its route is `POST /<name>`."),
    ...promptedFlowContent,
  }).describe("One flow of the set."),
  [oneModelAtMost, modelsAlone, oneModelAtLeast, onePromptList, somePrompt, oneToolList],
);

/** One flow of a FlowSet. */
export type FlowSetFlow = z.infer<typeof flow>;

const spec = z.object({
  image: z.string().min(1).describe("The image of the runner, which serves several flows."),
  ...serverSettings,
  flows: listMap(flow, "name").min(1).max(128).describe("The flows, each with a name of its own."),
}).describe("The flows and how their pods run.");

const flowStatus = z.object({
  name: z.string().describe("The flow's name."),
  ready: z.boolean().optional().describe("Whether the flow is served."),
  phase: phase.optional().describe("Where the flow is in its life, in a word."),
  message: z.string().optional().describe("Why it is not ready, for people."),
}).describe("What is known of one flow.");

const status = z.object({
  ...commonStatus,
  phase: phase.optional().describe("Where the FlowSet is in its life, in a word."),
  availableReplicas: int32().optional().describe("How many pods are available."),
  contentHash: z.string().optional()
    .describe("SHA-256 of the content that the pods were last given, in hexadecimal."),
  ...serverStatus,
  flows: listMap(flowStatus, "name").optional()
    .describe("What is known of each flow, in the order of spec.flows."),
  readyFlows: int32().optional().describe("How many flows are ready."),
  totalFlows: int32().optional().describe("How many flows there are."),
}).describe("What the operator knows of the FlowSet.");

/** The kind FlowSet: several AI flows, served over HTTP by pods that they share. */
export const flowSetKind = customKind({
  kind: "FlowSet",
  shortName: "gfs",
  description: "Several AI flows, served over HTTP by pods that they share.",
  spec,
  status,
  nameRules: [serviceNameRule],
  scale: true,
  printerColumns: [
    COLUMNS.ready,
    { name: "ReadyFlows", type: "integer", jsonPath: ".status.readyFlows" },
    { name: "Total", type: "integer", jsonPath: ".status.totalFlows" },
    { name: "Available", type: "integer", jsonPath: ".status.availableReplicas" },
    COLUMNS.age,
  ],
});

/** Several AI flows, served over HTTP by pods that they share. */
export type FlowSet = z.infer<typeof flowSetKind.schema>;
