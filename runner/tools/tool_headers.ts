import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import type { ToolFile } from "../../shared/contract/tool_file.ts";
import type { ToolHeaders } from "./flow_tools.ts";

/** The headers that a Secret has for a tool of a flow, by name; undefined where it is not there. */
export type ReadToolHeaders = (
  flow: FlowDefinition,
  tool: ToolFile,
) => Readonly<Record<string, string>> | undefined;

/**
 * Collects what Secrets hold for the requests of a flow's tools.
 *
 * @throws {Error} where a Secret is missing, or holds what no header may hold. No value is in it.
 */
export function collectToolHeaders(flow: FlowDefinition, read: ReadToolHeaders): ToolHeaders {
  const found: Record<string, Record<string, string>> = {};
  for (const tool of flow.tools) {
    const { definition: { name }, implementation: { http, mcp } } = tool;
    if (!(http ?? mcp)?.headersDir) continue;
    const headers = read(flow, tool);
    if (headers === undefined) {
      throw new Error(
        `the headers of its tool "${name}" are missing: the Secret of headersSecretRef should be there`,
      );
    }
    found[name] = Object.fromEntries(
      Object.entries(headers).map(([header, value]) => [header, headerValue(name, header, value)]),
    );
  }
  return found;
}

/** A value without the line break with which files end. */
function headerValue(tool: string, header: string, value: string): string {
  const text = value.trim();
  try {
    new Headers([[header, text]]);
  } catch {
    throw new Error(
      `the Secret with the headers of its tool "${tool}" has the key "${header}", which is no header's ` +
        "name or whose value no header may hold",
    );
  }
  return text;
}
