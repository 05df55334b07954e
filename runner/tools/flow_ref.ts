import { FlowError } from "../../shared/flow_error.ts";
import { DEPTH_HEADER, MAX_DEPTH } from "../../shared/flow_depth.ts";
import { callHttpTool, type HttpToolContext } from "./http.ts";
import { ToolFailure } from "./tool_failure.ts";

/** Runs a flow of the same server for the call that is running, and gives its answer. */
export type CallFlow = (flow: string, input: unknown) => Promise<unknown>;

/** A tool that is a flow. */
export interface FlowRefTool {
  /** The tool's name, for messages. */
  name: string;
  flow: string;
  /** Where the flow answers; absent where the same server has it. */
  url?: string | null | undefined;
  /** How many flows have called one another to get here. */
  depth: number;
}

/** Seconds that a flow of another server may take: the call's own deadline is usually shorter. */
const TIMEOUT_SECONDS = 600;

/**
 * Calls a flow as a tool: one of the same server directly, another by its URL.
 *
 * @throws {FlowError} where the flow fails, cannot be reached, or flows have called one another eight
 * times already.
 */
export async function callFlowTool(
  { name, flow, url, depth }: FlowRefTool,
  input: unknown,
  { callFlow, ...context }: HttpToolContext & { callFlow?: CallFlow | undefined },
): Promise<unknown> {
  if (depth >= MAX_DEPTH) {
    throw new ToolFailure(
      name,
      `flows have called one another ${depth} times to get here, which is the most`,
    );
  }
  if (url) {
    const headers = {
      [DEPTH_HEADER]: String(depth + 1),
      // Else an input with the one field "data" would be taken for an envelope.
      "x-genkit-protocol": "raw",
    };
    return await callHttpTool(
      { name, url, headers, timeoutSeconds: TIMEOUT_SECONDS },
      input,
      context,
    );
  }
  if (callFlow === undefined) {
    throw new ToolFailure(name, `the server has no flow "${flow}"`);
  }
  try {
    return await callFlow(flow, input);
  } catch (cause) {
    if (context.signal.aborted || !(cause instanceof FlowError)) throw cause;
    throw new ToolFailure(name, `the flow "${flow}" failed: ${cause.message}`, { cause });
  }
}
