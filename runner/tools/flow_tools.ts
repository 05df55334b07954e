import type { ToolFile } from "../../shared/contract/tool_file.ts";
import { runningCall } from "../sandbox/running_call.ts";
import type { JsonSchema } from "../schema/json_schema.ts";
import { plainSchema } from "../schema/plain_schema.ts";
import { schemaMismatch } from "../schema/schema_mismatch.ts";
import { callFlowTool } from "./flow_ref.ts";
import { callHttpTool } from "./http.ts";
import { ToolFailure } from "./tool_failure.ts";

/** A tool as Genkit takes it, and what runs it. */
export interface FlowTool {
  definition: {
    name: string;
    description: string;
    inputJsonSchema?: Record<string, unknown>;
    outputJsonSchema?: Record<string, unknown>;
  };
  /** Whether a failure goes to the model, as an answer; else it is the call's. */
  reportsFailure: boolean;
  /** Whether the flow's caller must approve each call of it. */
  needsApproval: boolean;
  run(input: unknown): Promise<unknown>;
}

/** The headers of a tool's requests, by the name of its definition. */
export type ToolHeaders = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Makes the tools of a flow from their files, but for those that are MCP servers.
 *
 * @throws {Error} where two have the same name, which models could not tell apart, or a schema is not
 * valid, with which each call would fail.
 */
export function flowTools(files: readonly ToolFile[], headers: ToolHeaders = {}): FlowTool[] {
  const names = files.map(({ definition }) => definition.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two of its tools have the name "${twice}"`);
  const own = files.filter(({ implementation }) => !implementation.mcp);
  return own.map(({ definition, implementation }) => {
    const { name, description, inputSchema, outputSchema } = definition;
    return {
      definition: {
        name,
        description,
        ...inputSchema && { inputJsonSchema: validSchema(name, { inputSchema }) },
        ...outputSchema && { outputJsonSchema: validSchema(name, { outputSchema }) },
      },
      reportsFailure: implementation.onError === "ReportToModel",
      // A value that is not known yet asks for more, not for less.
      needsApproval: Boolean(implementation.approval),
      run: (input) => runTool(name, implementation, input, headers[name]),
    };
  });
}

function validSchema(tool: string, named: Record<string, JsonSchema>): JsonSchema {
  const [[which, schema]] = Object.entries(named) as [[string, JsonSchema]];
  const plain = plainSchema(schema);
  try {
    schemaMismatch({}, plain);
    return plain;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`its tool "${tool}" has an ${which} that is not valid: ${message}`);
  }
}

async function runTool(
  name: string,
  { http, flowRef }: ToolFile["implementation"],
  input: unknown,
  secretHeaders: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const running = runningCall.getStore();
  const signal = running?.signal ?? new AbortController().signal;
  const timeLeft = running?.timeLeft;
  if (http) {
    const headers = { ...http.headers, ...secretHeaders };
    return await callHttpTool({ ...http, name, headers }, input, { signal, timeLeft });
  }
  if (flowRef) {
    const { name: flow, url } = flowRef;
    const { depth = 0, callFlow } = running ?? {};
    return await callFlowTool({ name, flow, url, depth }, input, { signal, timeLeft, callFlow });
  }
  throw new ToolFailure(name, "it has neither an http nor a flowRef implementation");
}
