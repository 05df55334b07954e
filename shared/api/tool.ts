import { z } from "zod";
import { commonStatus } from "./condition.ts";
import { customKind } from "./custom_object.ts";
import { freeForm } from "./free_form.ts";
import { int32 } from "./integer.ts";
import { COLUMNS } from "./kind.ts";
import { celIsSet, isSet, localReference } from "./local_reference.ts";
import { withRules } from "./rule.ts";

const http = z.object({
  url: z.string().min(1).describe(
    "The address to call, with scheme and host. Fields of the input may stand in its path and " +
      "query, as in https://api.example/cities/{city}; the others are sent as the JSON body, or " +
      "for GET and DELETE in the query.",
  ),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST")
    .describe("The HTTP method."),
  headers: z.record(z.string(), z.string()).optional()
    .describe("Headers that are sent as they are; credentials belong in headersSecretRef."),
  headersSecretRef: localReference.optional()
    .describe("A Secret whose keys and values are sent as headers."),
  timeoutSeconds: int32().min(1).max(600).optional()
    .describe("The most seconds that a call may take, with its retries; 30 by default."),
  retries: int32().min(0).max(5).optional().describe(
    "How often a GET, PUT or DELETE is tried again after a failure that may pass; 2 by default. " +
      "POST and PATCH are never repeated.",
  ),
  maxResponseBytes: int32().min(1).max(16 * 1024 * 1024).optional()
    .describe("The most bytes of an answer; 1048576 by default."),
});

const mcp = z.object({
  url: z.string().min(1).describe("The address of the server, with scheme and host."),
  tools: z.array(z.string().min(1).max(128)).max(128).optional().describe(
    "Names of the server's tools that the model may call; all of them, 128 at most, where it is " +
      "absent or empty.",
  ),
  headers: z.record(z.string(), z.string()).optional()
    .describe("Headers that are sent as they are; credentials belong in headersSecretRef."),
  headersSecretRef: localReference.optional()
    .describe("A Secret whose keys and values are sent as headers."),
  timeoutSeconds: int32().min(1).max(600).optional()
    .describe("The most seconds that a call may take; 30 by default."),
  maxResponseBytes: int32().min(1).max(16 * 1024 * 1024).optional()
    .describe("The most bytes of an answer; 1048576 by default."),
});

const implementation = z.object({
  http: http.optional().describe("Call an HTTP endpoint."),
  flowRef: localReference.optional().describe("Call a Flow."),
  mcp: mcp.optional().describe(
    "Call tools of a server that speaks the Model Context Protocol over streamable HTTP. They are " +
      "described by the server, and named with definition.name before them, as in github/search.",
  ),
  onError: z.enum(["ReportToModel", "FailCall"]).optional().describe(
    "What becomes of a failure of the tool: ReportToModel gives it to the model as the tool's " +
      "answer, so that it can try otherwise or tell the user; FailCall, the default, fails the call.",
  ),
  approval: z.enum(["Required"]).optional().describe(
    "Required has a call of the tool wait until the flow's caller approves it: the flow answers " +
      "with what is pending, and is called again with the caller's decisions.",
  ),
});

const spec = z.object({
  definition: freeForm().describe(
    "What the model is told, as Genkit's ToolDefinition: an object with name, description, " +
      "inputSchema, outputSchema and metadata.",
  ),
  implementation: withRules(implementation, [{
    // Objects of 0.5.0 may have both of the other two; the Tool's status says it of them.
    cel: `!has(self.mcp) || !has(self.http) && !${celIsSet("flowRef")}`,
    message: "mcp is set beside http or flowRef, should be the only one of them",
    check: ({ mcp, http, flowRef }) => mcp === undefined || http === undefined && !isSet(flowRef),
  }]).describe("How the tool is run: by http, flowRef or mcp, one of them."),
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
  description:
    "A function that a model may call, run by an HTTP endpoint, a Flow or an MCP server.",
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
