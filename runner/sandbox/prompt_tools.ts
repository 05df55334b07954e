import type { GenerateMiddleware } from "genkit";
import type { ToolArgument } from "genkit/tool";
import { FlowError } from "../../shared/flow_error.ts";
import { suggestion } from "../../shared/nearest.ts";
import type { FlowTool } from "../tools/flow_tools.ts";
import type { McpTool, McpTools } from "../tools/mcp/mcp_tools.ts";
import type { Prompt } from "./prompt.ts";

/** What a call of a prompt has of tools. */
export interface PromptTools {
  /** Those that are defined by their names, and those that are not. */
  tools: ToolArgument[];
  hooks: GenerateMiddleware;
  /** Those that need approval, as models know them. */
  waiting: ReadonlySet<string>;
}

/** A tool whose failures the hooks see. */
export type HookedTool = Pick<FlowTool, "reportsFailure" | "needsApproval"> & {
  definition: { name: string };
};

/** Gives the tools of a prompt as they are at the time of a call. */
export type ToolsOfCall = (signal: AbortSignal) => PromptTools | Promise<PromptTools>;

/** The tools of a flow, and the hooks that its calls need with them. */
export interface FlowToolbox {
  own: readonly FlowTool[];
  servers: readonly McpTools[];
  hooks: (tools: readonly HookedTool[]) => GenerateMiddleware;
}

/**
 * Chooses the tools of a prompt: those that its frontmatter names, else all of the flow. Those of MCP
 * servers are looked at anew with each call.
 *
 * @throws {Error} where the frontmatter names one that the flow does not have, or a model could not
 * tell two of them apart.
 */
export function promptTools(
  prompt: Pick<Prompt, "tools">,
  { own, servers, hooks }: FlowToolbox,
): ToolsOfCall {
  const names = own.map(({ definition }) => definition.name);
  const missing = prompt.tools?.find((name) =>
    !names.includes(name) && !servers.some((server) => server.has(name))
  );
  if (missing !== undefined) {
    const near = suggestion(missing, [...names, ...servers.map(({ name }) => name)]);
    throw new Error(`it asks for the tool "${missing}", which the flow does not have${near}`);
  }
  const used = names.filter((name) => prompt.tools?.includes(name) ?? true);
  const asked = servers.flatMap((server) => {
    const wanted = server.wanted(prompt.tools);
    return wanted === undefined ? [] : [{ server, wanted }];
  });
  if (asked.length === 0) {
    const fixed = { tools: used, hooks: hooks(own), waiting: waitingOf(own) };
    return () => fixed;
  }
  refuseSame([
    ...used,
    ...asked.flatMap(({ server, wanted }) => server.knownNames(wanted)),
  ], (message) => new Error(message));

  let last: { found: readonly McpTool[]; made: PromptTools } | undefined;
  return async (signal) => {
    const lists = await Promise.all(
      asked.map(({ server, wanted }) => server.tools(wanted, signal)),
    );
    const found = lists.flat();
    if (last === undefined || !sameItems(last.found, found)) {
      refuseSame(
        [...used, ...found.map(({ definition }) => definition.name)],
        (message) => new FlowError("UNAVAILABLE", `The flow cannot be called: ${message}`),
      );
      const tools = [...used, ...found.map(({ action }) => action)];
      const all = [...own, ...found];
      last = { found, made: { tools, hooks: hooks(all), waiting: waitingOf(all) } };
    }
    return last.made;
  };
}

function waitingOf(tools: readonly HookedTool[]): ReadonlySet<string> {
  const waiting = tools.filter(({ needsApproval }) => needsApproval);
  return new Set(waiting.map(({ definition: { name } }) => nameForModels(name)));
}

/** Genkit tells models the part of a name after its last slash. */
export function nameForModels(tool: string): string {
  return tool.slice(tool.lastIndexOf("/") + 1);
}

function refuseSame(names: readonly string[], error: (message: string) => Error): void {
  const known = new Map<string, string>();
  for (const name of names) {
    const short = nameForModels(name);
    const other = known.get(short);
    if (other !== undefined) {
      throw error(
        `a model knows its tools "${other}" and "${name}" both as "${short}", and could not tell ` +
          "them apart",
      );
    }
    known.set(short, name);
  }
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
