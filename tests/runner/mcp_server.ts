import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A request that an MCP server got. */
export interface McpRequest {
  method: string;
  headers: IncomingMessage["headers"];
  // deno-lint-ignore no-explicit-any -- tests look deep into it
  message: any;
}

/** A function of an MCP server, as its `tools/list` tells it. */
export interface McpServerTool {
  name: string;
  [field: string]: unknown;
}

/** How a {@linkcode mcpServer} behaves; all of it may be changed while it runs. */
export interface McpBehaviour {
  tools: McpServerTool[];
  /** Gives the result of `tools/call`, or never. */
  call: (name: string, input: Record<string, unknown>) => unknown;
  /** How requests are answered: as one JSON document, or as events. */
  mode: "json" | "sse";
  /** Whether it has sessions, which it knows by their ids. */
  sessions: boolean;
  /** Functions on a page of the list. */
  pageSize: number;
  /** The version that it wants to speak; the client's where it is absent. */
  version?: string;
  /** Messages that it sends on the stream before an answer. */
  before: unknown[];
  /** Takes an exchange over; false leaves it to the server. */
  intercept: (request: McpRequest, response: ServerResponse) => boolean | Promise<boolean>;
}

/** An MCP server for tests, which ends with its scope. */
export interface McpTestServer extends AsyncDisposable {
  url: string;
  behaviour: McpBehaviour;
  requests: McpRequest[];
  /** Those of the requests that called this method. */
  asked(method: string): McpRequest[];
  /** Resolves with the first message of this method, also with one that came before. */
  got(method: string): Promise<McpRequest>;
  /** Forgets all sessions, as a server does that was started again. */
  forget(): void;
}

/**
 * Starts a server on this machine that speaks the Model Context Protocol over streamable HTTP, as
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports describes a server:
 * strict with the headers that clients must send.
 */
export function mcpServer(behaviour: Partial<McpBehaviour> = {}): Promise<McpTestServer> {
  const requests: McpRequest[] = [];
  const sessions = new Map<string, string>();
  const waiting: { method: string; resolve: (request: McpRequest) => void }[] = [];
  const does: McpBehaviour = {
    tools: [],
    call: () => ({ content: [{ type: "text", text: "ok" }] }),
    mode: "json",
    sessions: true,
    pageSize: 1_000,
    before: [],
    intercept: () => false,
    ...behaviour,
  };

  const server = createServer(async (request, response) => {
    const sent = await text(request);
    const seen: McpRequest = {
      method: request.method!,
      headers: request.headers,
      message: sent === "" ? undefined : JSON.parse(sent),
    };
    requests.push(seen);
    for (const { method, resolve } of waiting) {
      if (method === (seen.message?.method ?? seen.method)) resolve(seen);
    }
    if (await does.intercept(seen, response)) return;
    const { message, headers } = seen;
    const end = (status: number) => response.writeHead(status).end();
    if (request.method === "GET") return end(405);
    const session = headers["mcp-session-id"] as string | undefined;
    if (message?.method !== "initialize" && does.sessions) {
      if (session === undefined) return end(400);
      const version = sessions.get(session);
      if (version === undefined) return end(404);
      if (headers["mcp-protocol-version"] !== version) return end(400);
      if (request.method === "DELETE") {
        sessions.delete(session);
        return end(204);
      }
    }
    const { accept = "" } = headers;
    if (!accept.includes("application/json") || !accept.includes("text/event-stream")) {
      return end(406);
    }
    if (headers["content-type"] !== "application/json") return end(415);
    if (message.id === undefined || message.method === undefined) return end(202);
    const result = await answer(message);
    if (result === undefined) return;
    if (message.method === "initialize" && does.sessions) {
      const id = randomUUID();
      sessions.set(id, (result as { protocolVersion: string }).protocolVersion);
      response.setHeader("mcp-session-id", id);
    }
    const failed = typeof result === "object" && result !== null && "error" in result;
    const whole = { jsonrpc: "2.0", id: message.id, ...failed ? result : { result } };
    if (does.mode === "json") {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(whole));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const message of [...does.before, whole]) {
      response.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    }
    response.end();
  });

  const answer = async (
    { method, params }: { method: string; params: Record<string, unknown> },
  ): Promise<unknown> => {
    switch (method) {
      case "initialize":
        return {
          protocolVersion: does.version ?? params.protocolVersion,
          capabilities: { tools: { listChanged: true } },
          serverInfo: { name: "test", version: "1" },
        };
      case "tools/list": {
        const from = Number(params.cursor ?? 0);
        const to = from + does.pageSize;
        const tools = does.tools.slice(from, to)
          .map((tool) => ({ inputSchema: { type: "object" }, ...tool }));
        return { tools, ...to < does.tools.length && { nextCursor: String(to) } };
      }
      case "tools/call":
        return await does.call(
          params.name as string,
          params.arguments as Record<string, unknown>,
        );
      default:
        return { error: { code: -32601, message: "Method not found" } };
    }
  };

  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      resolve({
        url: `http://127.0.0.1:${port}/mcp`,
        behaviour: does,
        requests,
        asked: (method) => requests.filter(({ message }) => message?.method === method),
        got: (method) => {
          const before = requests.find((one) => (one.message?.method ?? one.method) === method);
          if (before !== undefined) return Promise.resolve(before);
          return new Promise((resolve) => waiting.push({ method, resolve }));
        },
        forget: () => sessions.clear(),
        [Symbol.asyncDispose]: () => {
          server.closeAllConnections();
          return new Promise((closed) => server.close(() => closed()));
        },
      });
    });
  });
}

/** A result of texts. */
export function texts(...texts: string[]): unknown {
  return { content: texts.map((text) => ({ type: "text", text })) };
}
