import { pause } from "../../providers/pause.ts";
import { readServerSentEvents } from "../../providers/server_sent_events.ts";
import { followRedirects } from "../follow_redirects.ts";
import { ToolFailure } from "../tool_failure.ts";
import { limitedBody } from "./limited_body.ts";
import { readRpcMessages, type RpcId, type RpcMessage } from "./rpc_messages.ts";

/** A server of the Model Context Protocol, over streamable HTTP. */
export interface McpEndpoint {
  /** The tool's name, for messages. */
  name: string;
  url: string;
  /** Sent with each request; they may hold credentials. */
  headers: Readonly<Record<string, string>>;
}

/** What a server and we agreed on at the start. */
export interface McpAgreement {
  /** `Mcp-Session-Id`, where the server gave one. */
  id?: string | undefined;
  /** `MCP-Protocol-Version`; absent before the two agreed. */
  version?: string | undefined;
}

/** Limits of one request. */
export interface McpRequestLimits {
  signal: AbortSignal;
  /** The most bytes of the answer, with what the server sends before it. */
  maxBytes: number;
}

/** The server does not know the session any more. */
export class SessionLost extends Error {}

/** How often a stream that breaks off before its answer is taken up again. */
const MAX_RESUMES = 3;
/** Milliseconds before that: at most, and where the server does not say. */
const RESUME = { most: 5_000, default: 500 };
/** Requests of a server that are answered while it works for one of ours. */
const MAX_REPLIES = 32;
/** The most characters of a failing server's answer that a model gets to see. */
const MAX_SAID = 1_000;

/**
 * JSON-RPC over streamable HTTP, as the revisions 2025-03-26 to 2025-11-25 of the protocol have it
 * (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http): each
 * message is a POST, answered with JSON or with a stream of events.
 */
export class McpTransport {
  #endpoint: McpEndpoint;
  #fetch: typeof globalThis.fetch;
  #onNotification: (method: string) => void;

  constructor(
    endpoint: McpEndpoint,
    fetch: typeof globalThis.fetch,
    onNotification: (method: string) => void,
  ) {
    this.#endpoint = endpoint;
    this.#fetch = fetch;
    this.#onNotification = onNotification;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {ToolFailure} where there is none, or it is an error.
   * @throws {SessionLost} where the server has forgotten the session. The signal's reason where that
   * aborts.
   */
  async request(
    id: RpcId,
    method: string,
    params: unknown,
    agreement: McpAgreement,
    limits: McpRequestLimits,
  ): Promise<{ result: unknown; sessionId: string | undefined }> {
    const { signal } = limits;
    const response = await this.#post({ id, method, params }, agreement, signal);
    await this.#refuseStatus(response, agreement, limits);
    const answer = await this.#reading(limits, () => this.#answer(response, id, agreement, limits));
    if (answer.type === "result") {
      return {
        result: answer.result,
        sessionId: response.headers.get("mcp-session-id") ?? undefined,
      };
    }
    const said = answer.message.slice(0, MAX_SAID);
    throw this.#failure(`its server answered with the error ${answer.code}`, { said });
  }

  /** Sends a notification; what becomes of it does not matter. */
  async notify(
    method: string,
    params: unknown,
    agreement: McpAgreement,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#send({ method, params }, agreement, signal);
  }

  /** Tells the server that its session has ended; what becomes of that does not matter. */
  async end(agreement: McpAgreement, signal: AbortSignal): Promise<void> {
    if (agreement.id === undefined) return;
    try {
      const response = await this.#exchange("DELETE", undefined, {}, agreement, signal);
      await response.body?.cancel();
    } catch {
      // The server ends sessions itself.
    }
  }

  #post(message: object, agreement: McpAgreement, signal: AbortSignal): Promise<Response> {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    const headers = {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    };
    return this.#exchange("POST", body, headers, agreement, signal);
  }

  async #send(message: object, agreement: McpAgreement, signal: AbortSignal): Promise<void> {
    try {
      await (await this.#post(message, agreement, signal)).body?.cancel();
    } catch {
      // A message without an answer.
    }
  }

  async #exchange(
    method: string,
    body: string | undefined,
    own: Record<string, string>,
    { id, version }: McpAgreement,
    signal: AbortSignal,
  ): Promise<Response> {
    const { name, url } = this.#endpoint;
    // The protocol's own headers go before those that an author chose, whatever their case.
    const headers = new Headers(this.#endpoint.headers);
    for (const [header, value] of Object.entries(own)) headers.set(header, value);
    if (id !== undefined) headers.set("mcp-session-id", id);
    if (version !== undefined) headers.set("mcp-protocol-version", version);
    const request = {
      url: new URL(url),
      method,
      headers: Object.fromEntries(headers),
      ...body !== undefined && { body },
    };
    try {
      return await followRedirects(name, request, signal, this.#fetch, true);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (cause instanceof ToolFailure) throw cause;
      const why = cause instanceof Deno.errors.NotCapable
        ? "its server is one that the flow may not reach"
        : "its server could not be reached";
      throw this.#failure(why, { cause });
    }
  }

  async #refuseStatus(response: Response, { id }: McpAgreement, limits: McpRequestLimits) {
    if (response.ok) return;
    if (response.status === 404 && id !== undefined) {
      await response.body?.cancel();
      throw new SessionLost();
    }
    const said = await this.#reading(limits, () => textOf(response, limits));
    // The protocol says 404. Servers made after the official SDKs' examples say 400 and, in words of
    // their own, that they know no such session; they have not looked at the request either.
    if (response.status === 400 && id !== undefined && /session|not initialized/i.test(said)) {
      throw new SessionLost();
    }
    throw this.#failure(`its server answered ${response.status}`, {
      said: said.trim().slice(0, MAX_SAID),
    });
  }

  /** Runs what reads an answer, and gives its failures words. */
  async #reading<T>({ signal, maxBytes }: McpRequestLimits, read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      if (cause instanceof ToolFailure || cause instanceof SessionLost) throw cause;
      const why = cause instanceof RangeError
        ? `its server's answer is longer than ${maxBytes} bytes`
        : cause instanceof SyntaxError
        ? "its server's answer is not JSON"
        : "its server broke its answer off";
      throw this.#failure(why, { cause });
    }
  }

  async #answer(
    response: Response,
    id: RpcId,
    agreement: McpAgreement,
    limits: McpRequestLimits,
  ): Promise<Extract<RpcMessage, { type: "result" | "error" }>> {
    const type = response.headers.get("content-type") ?? "";
    if (/^text\/event-stream\b/i.test(type)) {
      return await this.#streamedAnswer(response, id, agreement, limits);
    }
    const text = await textOf(response, limits);
    if (text === "") throw this.#failure(`its server answered ${response.status} with nothing`);
    for (const message of readRpcMessages(text)) {
      if (isAnswer(message, id)) return message;
    }
    throw this.#failure("its server's answer is no answer of the Model Context Protocol");
  }

  /**
   * Reads events up to the answer. A server may end a stream before it, and is asked for the rest
   * where it gave its events ids.
   */
  async #streamedAnswer(
    first: Response,
    id: RpcId,
    agreement: McpAgreement,
    limits: McpRequestLimits,
  ): Promise<Extract<RpcMessage, { type: "result" | "error" }>> {
    let last: string | undefined;
    let wait: number = RESUME.default;
    let replies = 0;
    const onField = (field: string, value: string) => {
      if (field === "id") last = value;
      else if (/^\d{1,9}$/.test(value)) wait = Math.min(Number(value), RESUME.most);
    };
    const count = { left: limits.maxBytes };
    let response = first;
    for (let resumes = 0;; resumes++) {
      try {
        const events = response.body === null
          ? []
          : readServerSentEvents(limitedBody(response.body, count), { onField });
        for await (const data of events) {
          // The first event of a stream may bring an id and nothing else.
          for (const message of data.trim() === "" ? [] : readRpcMessages(data)) {
            if (isAnswer(message, id)) return message;
            if (message.type === "notification") this.#onNotification(message.method);
            else if (message.type === "request" && replies++ < MAX_REPLIES) {
              this.#reply(message, agreement, limits.signal);
            }
          }
        }
      } catch (error) {
        const ended = limits.signal.aborted || error instanceof RangeError ||
          error instanceof SyntaxError;
        if (ended) throw error;
      }
      if (last === undefined || resumes === MAX_RESUMES) {
        throw this.#failure("its server broke its answer off");
      }
      await pause(wait, limits.signal);
      const headers = { accept: "text/event-stream", "last-event-id": last };
      response = await this.#exchange("GET", undefined, headers, agreement, limits.signal);
      await this.#refuseStatus(response, agreement, limits);
    }
  }

  /** We offer a server nothing but to be there. */
  #reply(
    { id, method }: Extract<RpcMessage, { type: "request" }>,
    agreement: McpAgreement,
    signal: AbortSignal,
  ): void {
    const answer = method === "ping"
      ? { result: {} }
      : { error: { code: -32601, message: "Method not found" } };
    this.#send({ id, ...answer }, agreement, signal);
  }

  #failure(why: string, options: { said?: string; cause?: unknown } = {}): ToolFailure {
    return new ToolFailure(this.#endpoint.name, why, options);
  }
}

/** Whether a message answers the request; an error without an id can be of no other one. */
function isAnswer(
  message: RpcMessage,
  id: RpcId,
): message is Extract<RpcMessage, { type: "result" | "error" }> {
  return message.type === "result" && message.id === id ||
    message.type === "error" && (message.id === undefined || message.id === id);
}

async function textOf({ body }: Response, { maxBytes }: McpRequestLimits): Promise<string> {
  return body === null ? "" : await new Response(limitedBody(body, { left: maxBytes })).text();
}
