import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { COLUMNS } from "./kind.ts";
import { localReference } from "./local_reference.ts";

const http = z.object({
  url: z.string().min(1).describe("The address to call, with scheme and host."),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST")
    .describe("The HTTP method."),
  headersSecretRef: localReference.optional()
    .describe("A Secret whose keys and values are sent as headers."),
});

const spec = z.object({
  definition: freeForm().describe(
    "What the model is told, as Genkit's ToolDefinition: an object with name, description, " +
      "inputSchema, outputSchema and metadata.",
  ),
  implementation: z.object({
    http: http.optional().describe("Call an HTTP endpoint."),
    flowRef: localReference.optional().describe("Call a Flow."),
  }).describe("How the tool is run: by http or by flowRef, one of them."),
}).describe("What a tool does and how it is run.");

const status = z.object({
  ...commonStatus,
  resolvedTarget: z.string().optional()
    .describe("What is called, for people, for example `Flow/weather`."),
}).describe("What the operator knows of the Tool.");

/** The kind Tool: a function that a model may call. */
export const toolKind = customKind({
  kind: "Tool",
  shortName: "gtl",
  description: "A function that a model may call, run by an HTTP endpoint or a Flow.",
  spec,
  status,
  printerColumns: [
    { name: "Target", type: "string", jsonPath: ".status.resolvedTarget" },
    COLUMNS.ready,
    COLUMNS.age,
  ],
});

/** A function that a model may call. */
export type Tool = z.infer<typeof toolKind.schema>;
