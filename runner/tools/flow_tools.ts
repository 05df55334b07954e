import type { ToolFile } from "../../shared/contract/tool_file.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { runningCall } from "../sandbox/running_call.ts";
import { plainSchema } from "../schema/plain_schema.ts";
import { callHttpTool } from "./http.ts";

/** A tool as Genkit takes it, and what runs it. */
export interface FlowTool {
  definition: {
    name: string;
    description: string;
    inputJsonSchema?: Record<string, unknown>;
    outputJsonSchema?: Record<string, unknown>;
  };
  run(input: unknown): Promise<unknown>;
}

/** The headers of a tool's requests, by the name of its definition. */
export type ToolHeaders = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * Makes the tools of a flow from their files.
 *
 * @throws {Error} where two have the same name, which models could not tell apart.
 */
export function flowTools(files: readonly ToolFile[], headers: ToolHeaders = {}): FlowTool[] {
  const names = files.map(({ definition }) => definition.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new Error(`two of its tools have the name "${twice}"`);
  return files.map(({ definition, implementation }) => {
    const { name, description, inputSchema, outputSchema } = definition;
    return {
      definition: {
        name,
        description,
        ...inputSchema && { inputJsonSchema: plainSchema(inputSchema) },
        ...outputSchema && { outputJsonSchema: plainSchema(outputSchema) },
      },
      run: (input) => runTool(name, implementation, input, headers[name]),
    };
  });
}

function runTool(
  name: string,
  { http, flowRef }: ToolFile["implementation"],
  input: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const signal = runningCall.getStore()?.signal ?? new AbortController().signal;
  if (http) {
    return callHttpTool({ name, url: http.url, method: http.method, headers }, input, signal);
  }
  if (flowRef?.url) return callHttpTool({ name, url: flowRef.url, headers }, input, signal);
  const lacks = flowRef
    ? `the address of the flow "${flowRef.name}" is not known`
    : "it has neither an http nor a flowRef implementation";
  throw new FlowError("UNIMPLEMENTED", `The tool "${name}" cannot be called: ${lacks}`);
}
