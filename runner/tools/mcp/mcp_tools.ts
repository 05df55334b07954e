import { tool } from "genkit/tool";
import type { ToolArgument } from "genkit/tool";
import type { ToolFile } from "../../../shared/contract/tool_file.ts";
import { FlowError } from "../../../shared/flow_error.ts";
import { suggestion } from "../../../shared/nearest.ts";
import { onceApproved } from "../../sandbox/once_approved.ts";
import { runningCall } from "../../sandbox/running_call.ts";
import type { ToolHeaders } from "../flow_tools.ts";
import { ToolFailure } from "../tool_failure.ts";
import { type McpFunction, wireNameOf } from "./mcp_functions.ts";
import { type McpList, McpServer } from "./mcp_server.ts";

/** A function of a server as Genkit takes it. */
export interface McpTool {
  definition: { name: string };
  /** Whether a failure goes to the model, as an answer; else it is the call's. */
  reportsFailure: boolean;
  /** Whether the flow's caller must approve each call of it. */
  needsApproval: boolean;
  action: ToolArgument;
}

/** Where there is no signal of a call. */
const never = new AbortController().signal;

/** What a tool that is an MCP server brings to a flow. */
export class McpTools {
  readonly server: McpServer;
  readonly reportsFailure: boolean;
  readonly #needsApproval: boolean;
  #chosen: readonly string[];
  #tools = new WeakMap<McpFunction, McpTool>();
  #missing = new Map<string, McpTool>();

  constructor(
    { definition, implementation: { mcp, onError, approval } }: ToolFile,
    headers: ToolHeaders,
  ) {
    const { name } = definition;
    this.#chosen = mcp!.tools ?? [];
    this.reportsFailure = onError === "ReportToModel";
    this.#needsApproval = Boolean(approval);
    this.server = new McpServer({
      name,
      url: mcp!.url,
      chosen: this.#chosen,
      headers: { ...mcp!.headers, ...headers[name] },
      timeoutSeconds: mcp!.timeoutSeconds,
      maxResponseBytes: mcp!.maxResponseBytes,
    });
  }

  get name(): string {
    return this.server.name;
  }

  /**
   * The functions among the names of a prompt's tools: `github/search` is one, `github` are all, and
   * so are no names at all. Undefined where none is.
   */
  wanted(names: readonly string[] | undefined): readonly string[] | undefined {
    if (names === undefined || names.includes(this.name)) return this.#chosen;
    const functions = names.filter((name) => this.has(name))
      .map((name) => name.slice(this.name.length + 1));
    return functions.length > 0 ? functions : undefined;
  }

  /** Whether a name among a prompt's tools is that of this tool, or of a function that it may have. */
  has(name: string): boolean {
    if (name === this.name) return true;
    if (!name.startsWith(`${this.name}/`)) return false;
    return this.#chosen.length === 0 || this.#chosen.includes(name.slice(this.name.length + 1));
  }

  /** What the flow's author should know, after an attempt to get the server's list. */
  async warnings(): Promise<string[]> {
    try {
      const list = await this.server.list(never);
      const unusable = list.unusable.map(({ name, reason }) =>
        `the function "${name}" of the tool "${this.name}" is left out: ${reason}`
      );
      const missing = missingOf(list, this.#chosen).map((name) => this.#lacks(name, list));
      return [...unusable, ...missing];
    } catch (error) {
      return [`${(error as Error).message}; it is asked again when the flow is called`];
    }
  }

  /**
   * Gives the functions that a prompt may call, by what {@linkcode wanted} gave. What the server
   * does not have (now) is a failure of the call, or a function whose answer says so.
   *
   * @throws {FlowError} UNAVAILABLE where one is not to be had. The signal's reason where that aborts.
   */
  async tools(wanted: readonly string[], signal: AbortSignal): Promise<readonly McpTool[]> {
    let list: McpList;
    try {
      list = await this.server.list(signal);
      // It may have come meanwhile.
      if (missingOf(list, wanted).length > 0) list = await this.server.newList(signal);
    } catch (error) {
      if (signal.aborted || !this.reportsFailure) throw error;
      const names = wanted.length > 0 ? wanted : [""];
      return names.map((name) => this.#placeholder(name, (error as Error).message));
    }
    const used = wanted.length === 0
      ? list.functions
      : list.functions.filter(({ name }) => wanted.includes(name));
    return [
      ...used.map((fn) => this.#tool(fn)),
      ...missingOf(list, wanted).map((name) => {
        const message = `The ${this.#lacks(name, list).slice("the ".length)}`;
        if (!this.reportsFailure) throw new FlowError("UNAVAILABLE", message);
        return this.#placeholder(name, message);
      }),
    ];
  }

  /** The names of functions that {@linkcode tools} would give by what is known now. */
  knownNames(wanted: readonly string[]): string[] {
    const known = this.server.known?.functions.map(({ name }) => name) ?? wanted;
    return known.filter((name) => wanted.length === 0 || wanted.includes(name))
      .map((name) => this.#fullName(name));
  }

  #fullName(name: string): string {
    return name === "" ? this.name : `${this.name}/${wireNameOf(name)}`;
  }

  #lacks(name: string, { names }: McpList): string {
    const near = suggestion(name, names.filter((other) => other !== name));
    return `the tool "${this.name}" has no function "${name}" on its server${near}`;
  }

  #tool(fn: McpFunction): McpTool {
    let made = this.#tools.get(fn);
    if (made === undefined) {
      made = this.#make(fn.name, fn.description, fn.inputSchema, async (input) => {
        const signal = runningCall.getStore()?.signal ?? never;
        const { output, content } = await this.server.call(fn, input, signal);
        return { output, ...content && { content } };
      });
      this.#tools.set(fn, made);
    }
    return made;
  }

  /** Stands for a function that cannot be had now, so that the model reads of it when it is called. */
  #placeholder(name: string, message: string): McpTool {
    let made = this.#missing.get(name);
    if (made === undefined) {
      const schema = { type: "object" };
      made = this.#make(name, "Not available now", schema, () => {
        const why = "it is not available now";
        throw new ToolFailure(name === "" ? this.name : `${this.name}/${name}`, why, {
          said: message,
        });
      });
      this.#missing.set(name, made);
    }
    return made;
  }

  #make(
    name: string,
    description: string,
    inputJsonSchema: Record<string, unknown>,
    run: (input: unknown) => Promise<Record<string, unknown>>,
  ): McpTool {
    const full = this.#fullName(name);
    const config = { name: full, description, inputJsonSchema, multipart: true as const };
    const made = {
      definition: { name: full },
      reportsFailure: this.reportsFailure,
      needsApproval: this.#needsApproval,
    };
    return { ...made, action: tool(config, onceApproved({ ...made, run })) as ToolArgument };
  }
}

function missingOf({ functions }: McpList, names: readonly string[]): string[] {
  return names.filter((wanted) => !functions.some(({ name }) => name === wanted));
}

/** The tools of a flow that are MCP servers. */
export function mcpTools(files: readonly ToolFile[], headers: ToolHeaders = {}): McpTools[] {
  return files.filter(({ implementation }) => implementation.mcp)
    .map((file) => new McpTools(file, headers));
}
