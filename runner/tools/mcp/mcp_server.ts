import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, systemClock } from "../../../shared/clock.ts";
import { FlowError } from "../../../shared/flow_error.ts";
import { asSchema } from "../../schema/json_schema.ts";
import { schemaMismatch } from "../../schema/schema_mismatch.ts";
import { redacted } from "../redacted.ts";
import { ToolFailure } from "../tool_failure.ts";
import { type McpFunction, nameOf, readMcpFunction } from "./mcp_functions.ts";
import { type McpOutput, readMcpOutput } from "./mcp_output.ts";
import { McpSession, orAborted } from "./mcp_session.ts";
import { within } from "./within.ts";

/** A tool that is a server of functions. */
export interface McpServerOptions {
  /** The tool's name, which stands before those of its functions. */
  name: string;
  url: string;
  /** The functions that are used, by the server's names; all where there is none. */
  chosen?: readonly string[];
  headers?: Readonly<Record<string, string>>;
  /** The most seconds of a call. Default {@linkcode MCP.timeoutSeconds}. */
  timeoutSeconds?: number | null | undefined;
  /** The most bytes of an answer. Default {@linkcode MCP.maxResponseBytes}. */
  maxResponseBytes?: number | null | undefined;
  fetch?: typeof globalThis.fetch;
  clock?: Clock;
}

/** What holds where a tool does not say, and what always holds. */
export const MCP = {
  timeoutSeconds: 30,
  maxResponseBytes: 1024 * 1024,
  /** The most functions of one tool. */
  functions: 128,
  /** The most names of a server's functions that are kept for hints. */
  names: 1_024,
  /** The most pages of a server's list. */
  pages: 16,
  /** Milliseconds for the whole list, also where a flow is loaded. */
  listTimeout: 5_000,
  /** Milliseconds for which a list holds. */
  listAge: 5 * 60_000,
  /** Milliseconds after which a server that did not give its list is asked again, at the earliest. */
  listPause: 1_000,
} as const;

/** What a server has, as it said last. */
export interface McpList {
  functions: readonly McpFunction[];
  /** The names of all that the server told of, also of what is not used. */
  names: readonly string[];
  /** Functions that cannot be used, and why. */
  unusable: readonly { name: string; reason: string }[];
}

/** A list is every call's, and ends with none of them. */
const outsideOfCalls = AsyncLocalStorage.snapshot();

/** A server of the Model Context Protocol: its functions, as they are now, and their calls. */
export class McpServer {
  readonly name: string;
  #options: McpServerOptions;
  #clock: Clock;
  #session: McpSession;
  #list: McpList | undefined;
  #listedAt = 0;
  #changed = false;
  #listing: Promise<McpList> | undefined;
  #failed: { at: number; error: unknown } | undefined;
  /** What was read before, by its JSON, so that a list that stays the same costs no memory. */
  #known = new Map<string, McpFunction>();

  constructor(options: McpServerOptions) {
    const { name, url, headers = {}, fetch = globalThis.fetch, clock = systemClock } = options;
    this.name = name;
    this.#options = options;
    this.#clock = clock;
    const onNotification = (method: string) => {
      if (method === "notifications/tools/list_changed") this.#changed = true;
    };
    this.#session = new McpSession({ name, url, headers }, { fetch, clock, onNotification });
  }

  /** The list as it was read last, where it was. */
  get known(): McpList | undefined {
    return this.#list;
  }

  /**
   * Gives what the server has. One that does not answer now has what it had.
   *
   * @throws {FlowError} UNAVAILABLE where it never answered. The signal's reason where that aborts.
   */
  async list(signal: AbortSignal): Promise<McpList> {
    if (this.#list !== undefined && !this.#changed) {
      // An old list is good enough while a new one comes.
      const old = this.#clock.now() - this.#listedAt > MCP.listAge;
      if (old) this.#refresh().catch(() => {});
      return this.#list;
    }
    try {
      return await orAborted(this.#refresh(), signal);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (this.#list !== undefined) return this.#list;
      const why = cause instanceof ToolFailure ? cause.why : "its server could not be asked";
      const message = `The tool "${this.name}" has no functions yet: ${why}`;
      throw new FlowError("UNAVAILABLE", message, { cause });
    }
  }

  /**
   * Gives what the server has, read again where that is not what it told just now.
   *
   * @throws {FlowError} as {@linkcode list}.
   */
  async newList(signal: AbortSignal): Promise<McpList> {
    if (this.#clock.now() - this.#listedAt > MCP.listPause) this.#changed = true;
    return await this.list(signal);
  }

  /**
   * Calls a function.
   *
   * @throws {ToolFailure} where it fails, or the server does not answer. The signal's reason where
   * that aborts.
   */
  async call(fn: McpFunction, input: unknown, signal: AbortSignal): Promise<McpOutput> {
    const { timeoutSeconds, maxResponseBytes, headers = {} } = this.#options;
    const name = `${this.name}/${fn.name}`;
    const seconds = timeoutSeconds ?? MCP.timeoutSeconds;
    const late = () => new ToolFailure(name, `its server did not answer within ${seconds} s`);
    try {
      return await within(this.#clock, seconds * 1000, late, async (timeout) => {
        const result = await this.#session.request(
          "tools/call",
          { name: fn.name, arguments: input ?? {} },
          {
            signal: AbortSignal.any([signal, timeout]),
            maxBytes: maxResponseBytes ?? MCP.maxResponseBytes,
          },
        );
        return checked(name, fn, result);
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof ToolFailure)) throw error;
      throw redacted(error, name, headers);
    }
  }

  /** Ends the session with the server, as far as that can be told it. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  #refresh(): Promise<McpList> {
    const { at, error } = this.#failed ?? {};
    if (at !== undefined && this.#clock.now() - at < MCP.listPause) return Promise.reject(error);
    this.#listing ??= outsideOfCalls(() => this.#read()).finally(() => this.#listing = undefined);
    return this.#listing;
  }

  async #read(): Promise<McpList> {
    this.#changed = false;
    const late = () =>
      new ToolFailure(this.name, `its server did not tell what it has in ${MCP.listTimeout} ms`);
    try {
      const { names, items } = await within(
        this.#clock,
        MCP.listTimeout,
        late,
        (signal) => this.#items(signal),
      );
      this.#list = { names, ...this.#readItems(items) };
      this.#listedAt = this.#clock.now();
      this.#failed = undefined;
      return this.#list;
    } catch (error) {
      this.#failed = { at: this.#clock.now(), error };
      this.#changed = true;
      throw error;
    }
  }

  /** The items of all pages that are used. */
  async #items(signal: AbortSignal): Promise<{ names: string[]; items: unknown[] }> {
    const { chosen = [] } = this.#options;
    const names: string[] = [];
    const found = new Map<string, unknown>();
    let cursor: unknown;
    for (let page = 0; page < MCP.pages; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const limits = { signal, maxBytes: MCP.maxResponseBytes };
      const { tools, nextCursor } = asSchema(
        await this.#session.request("tools/list", params, limits),
      );
      if (!Array.isArray(tools)) throw new ToolFailure(this.name, "its server gave no list");
      for (const item of tools) {
        const name = nameOf(item);
        if (name !== undefined && names.length < MCP.names) names.push(name);
        const used = name !== undefined && (chosen.length === 0 || chosen.includes(name));
        if (used && !found.has(name)) found.set(name, item);
      }
      if (found.size > MCP.functions) {
        throw new ToolFailure(
          this.name,
          `its server has more than ${MCP.functions} functions, choose some of them in mcp.tools`,
        );
      }
      const complete = chosen.length > 0 && found.size === new Set(chosen).size;
      // Some servers give an empty one at the end; the official SDKs end there, too.
      if (typeof nextCursor !== "string" || nextCursor === "" || complete) {
        return { names, items: [...found.values()] };
      }
      cursor = nextCursor;
    }
    throw new ToolFailure(this.name, `its server's list has more than ${MCP.pages} pages`);
  }

  #readItems(items: readonly unknown[]): Omit<McpList, "names"> {
    const unusable: { name: string; reason: string }[] = [];
    const known = new Map<string, McpFunction>();
    for (const item of items) {
      const key = JSON.stringify(item);
      try {
        known.set(key, this.#known.get(key) ?? readMcpFunction(item));
      } catch (error) {
        unusable.push({ name: nameOf(item)!, reason: (error as Error).message });
      }
    }
    this.#known = known;
    return { functions: [...known.values()], unusable };
  }
}

function checked(name: string, fn: McpFunction, result: unknown): McpOutput {
  let output: McpOutput;
  try {
    output = readMcpOutput(result);
  } catch (error) {
    throw new ToolFailure(name, (error as Error).message);
  }
  if (output.isError) {
    const said = typeof output.output === "string" ? output.output : JSON.stringify(output.output);
    throw new ToolFailure(name, "it says so itself", { said: said.slice(0, 1_000) });
  }
  const structured = asSchema(result).structuredContent;
  const mismatch = fn.outputSchema && structured !== undefined
    ? schemaMismatch(structured, fn.outputSchema)
    : undefined;
  if (mismatch === undefined) return output;
  throw new ToolFailure(name, "its answer does not fit its schema", { said: mismatch });
}
