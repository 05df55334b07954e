import { FlowGuard, type GuardSettings } from "../../runner/guard/flow_guard.ts";
import { Approvals } from "../../runner/host/approvals.ts";
import { FlowHost } from "../../runner/host/flow_host.ts";
import { planFlows } from "../../runner/host/plan_flows.ts";
import { Sandbox } from "../../runner/host/sandbox.ts";
import { sandboxWorker, startSandbox } from "../../runner/host/sandbox_process.ts";
import { createApp } from "../../runner/http/app.ts";
import { callScheduled } from "../../runner/schedule/call_scheduled.ts";
import { systemClock } from "../../shared/clock.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { ensureSandboxBundle } from "../../tasks/bundle.ts";
import { flowDefinition } from "./flow_definition.ts";
import { KEYS } from "./guarded_server.ts";
import { logLines } from "./log_lines.ts";
import { type ApiRequest, chatApiServer, type Said } from "./openai/chat_api_server.ts";
import { toolServer } from "./tool_call.ts";

/** The provider's key, long enough to be a secret of interrupted calls as well. */
export const PROVIDER_KEY = "sk-the-right-key-0123456789";
/** The secret of a server that says one. */
export const SECRET = "a-secret-of-thirty-two-characters-or-more";
/** What no caller and no log may see. */
export const PLANTED = "PLANTED-PROMPT";

/** What a caller gets of an interrupted call. */
export interface Interrupted {
  interrupted: true;
  text?: string;
  pending: { ref: string; name: string; input: unknown }[];
  resume: string;
  expiresAt: string;
}

/** A model's request for tools, by name, in order. */
export function asks(...calls: [name: string, input: unknown][]): Said {
  return {
    tool_calls: calls.map(([name, input], i) => ({
      id: `call_${i}`,
      type: "function",
      function: { name, arguments: JSON.stringify(input) },
    })),
  };
}

/** The outputs of tools that a request to the model ends with. */
export function toolOutputs({ body }: ApiRequest): unknown[] {
  const messages = body.messages as { role: string; content: string }[];
  const from = messages.findLastIndex(({ role }) => role !== "tool") + 1;
  return messages.slice(from).map(({ content }) => content);
}

/** Options of {@linkcode approvalServer}. */
export interface ApprovalServerOptions {
  /** What the model says; once tools have answered, it repeats what they said. */
  ask?: Said | ((request: ApiRequest) => Said | Response);
  source?: string;
  auth?: GuardSettings["auth"];
  cache?: FlowDefinition["config"]["cache"];
  /** How a failure of the tool `refund` is taken. */
  onError?: string;
  /** Other flows of the server. */
  more?: (flow: FlowDefinition) => FlowDefinition[];
}

/**
 * Serves, in real sandboxes, the flow `shop` of a provider of OpenAI's API, with the tools `refund`
 * (needs approval) and `look` (does not).
 */
export async function approvalServer(options: ApprovalServerOptions = {}) {
  await ensureSandboxBundle();
  const worker = await sandboxWorker();
  const { ask = asks(["refund", { order: 7 }]) } = options;
  const ran: { path: string; input: unknown }[] = [];
  const tools = await toolServer(async (request) => {
    const { pathname: path } = new URL(request.url);
    ran.push({ path, input: await request.json() });
    return path === "/nothing" ? new Response("null", JSON_TYPE) : Response.json(`done ${path}`);
  });
  const model = await chatApiServer((request) => {
    const outputs = toolOutputs(request);
    if (typeof ask === "function") return ask(request);
    return outputs.length > 0 ? { content: outputs.join(" | ") } : ask;
  }, { key: PROVIDER_KEY });
  const tool = (name: string, more: Record<string, unknown> = {}, path = name) => ({
    definition: {
      name,
      description: name,
      inputSchema: { type: "object", properties: { order: { type: "number" } } },
    },
    implementation: { http: { url: `${tools.url}${path}` }, ...more },
  });
  const { onError } = options;
  const definition: FlowDefinition = {
    ...flowDefinition({ main: options.source ?? `${PLANTED} {{name}}` }, {
      config: {
        plugin: { type: "openai", extraConfig: { baseURL: `${model.url}/v1` } },
        defaultModel: { provider: "openai", model: "gpt-5-mini" },
        ...options.auth && { auth: options.auth },
        ...options.cache && { cache: options.cache },
      },
      tools: [
        tool("refund", { approval: "Required", ...onError && { onError } }),
        tool("look"),
        tool("nothing"),
      ],
    }),
    name: "shop",
  };
  const flows = [definition, ...options.more?.(definition) ?? []];
  const { log, lines } = logLines();
  const open: FlowHost[] = [];
  /** Starts a process's worth of state: nothing in memory is shared with another. */
  const start = async (
    { secret, time, now = flows }: {
      secret?: string;
      time?: () => number;
      now?: FlowDefinition[];
    } = {},
  ) => {
    const host = new FlowHost({
      log,
      approvals: new Approvals({ secret, ...time && { time } }),
      createSandbox: (hosts) =>
        new Sandbox({ log, start: () => startSandbox({ hosts, heapMegabytes: 128 }, worker) }),
    });
    open.push(host);
    const credentials = () => ({ get: () => PROVIDER_KEY, hint: () => "" });
    const applied = await host.apply(
      planFlows({ layout: "multi", flows: now, broken: [] }, { credentials }),
    );
    if (applied.failed.length > 0) throw new Error(applied.failed[0]!.reason);
    const guards = new Map(now.map(({ name, config }) => {
      const guard = new FlowGuard(config, { listening: "127.0.0.1", clock: systemClock });
      guard.readApiKeys = () => new Map(Object.entries(KEYS));
      return [name!, guard];
    }));
    const app = createApp({ routes: () => host.table, log, guards: (flow) => guards.get(flow) });
    const post = async (body: unknown, { flow = "shop", headers = {}, query = "" } = {}) =>
      await app.request(`/${flow}${query}`, {
        method: "POST",
        body: JSON.stringify(body),
        headers,
      });
    /** Calls the flow, and gives the interruption. */
    const interrupt = async (headers: Record<string, string> = {}): Promise<Interrupted> =>
      await (await post({ name: "Ann" }, { headers })).json();
    /** Calls the flow as its schedule does, and gives why that failed. */
    const runScheduled = () =>
      callScheduled(
        (request, env) => app.fetch(request, env),
        "shop",
        { cron: "@daily", input: { name: "Ann" } },
        new Date(0),
        new AbortController().signal,
      );
    return { post, interrupt, runScheduled, warnings: applied.warnings };
  };
  return {
    definition,
    start,
    ran,
    model,
    lines,
    async [Symbol.asyncDispose]() {
      for (const host of open) await host.close();
      await model[Symbol.asyncDispose]();
      await tools[Symbol.asyncDispose]();
    },
  };
}

const JSON_TYPE = { headers: { "content-type": "application/json" } };
