import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "../../../shared/clock.ts";
import { VERSION } from "../../../shared/version.ts";
import { ToolFailure } from "../tool_failure.ts";
import {
  type McpAgreement,
  type McpEndpoint,
  type McpRequestLimits,
  McpTransport,
  SessionLost,
} from "./mcp_transport.ts";
import { within } from "./within.ts";

/** The revisions of the protocol that this speaks, the newest first. */
const VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];
/** Milliseconds that a server has to begin a session. */
const BEGIN_TIMEOUT = 10_000;
/** Milliseconds for a message whose answer nobody waits for. */
const ASIDE_TIMEOUT = 2_000;
/** The most bytes of a server's introduction. */
const MAX_INTRODUCTION = 256 * 1024;

/** What a session needs beside its server. */
export interface McpSessionContext {
  fetch: typeof globalThis.fetch;
  clock: Clock;
  /** Called with the method of each notification of the server. */
  onNotification: (method: string) => void;
}

/** The session is every call's, and ends with none of them. */
const outsideOfCalls = AsyncLocalStorage.snapshot();

/**
 * A session with a server: begun with the first request, and once more where the server has
 * forgotten it (https://modelcontextprotocol.io/specification/2025-11-25/basic/lifecycle).
 */
export class McpSession {
  #name: string;
  #transport: McpTransport;
  #clock: Clock;
  #agreement: Promise<McpAgreement> | undefined;
  #lastId = 0;

  constructor(endpoint: McpEndpoint, { fetch, clock, onNotification }: McpSessionContext) {
    this.#name = endpoint.name;
    this.#clock = clock;
    this.#transport = new McpTransport(endpoint, fetch, onNotification);
  }

  /**
   * Sends a request, and gives its result. Where the signal aborts, the server is told to stop.
   *
   * @throws {ToolFailure} where the server cannot be reached, or answers with an error. The signal's
   * reason where that aborts.
   */
  async request(method: string, params: unknown, limits: McpRequestLimits): Promise<unknown> {
    const { signal } = limits;
    for (let attempt = 0;; attempt++) {
      this.#agreement ??= this.#begin();
      const begun = this.#agreement;
      const agreement = await orAborted(begun, signal);
      const id = ++this.#lastId;
      const cancel = () => this.#cancel(id, agreement);
      signal.addEventListener("abort", cancel, { once: true });
      try {
        return (await this.#transport.request(id, method, params, agreement, limits)).result;
      } catch (error) {
        if (!(error instanceof SessionLost)) throw error;
        if (this.#agreement === begun) this.#agreement = undefined;
        // The server has not looked at the request.
        if (attempt > 0) throw new ToolFailure(this.#name, "its server forgets its sessions");
      } finally {
        signal.removeEventListener("abort", cancel);
      }
    }
  }

  /** Tells the server that the session has ended, as far as it can be told. */
  async close(): Promise<void> {
    const agreement = await this.#agreement?.catch(() => undefined);
    this.#agreement = undefined;
    if (agreement === undefined) return;
    await this.#aside((signal) => this.#transport.end(agreement, signal));
  }

  #begin(): Promise<McpAgreement> {
    const begun = outsideOfCalls(() => this.#initialize());
    // The next request begins anew.
    begun.catch(() => {
      if (this.#agreement === begun) this.#agreement = undefined;
    });
    return begun;
  }

  #initialize(): Promise<McpAgreement> {
    const late = () => new ToolFailure(this.#name, "its server did not begin a session in time");
    return within(this.#clock, BEGIN_TIMEOUT, late, async (signal) => {
      const params = {
        protocolVersion: VERSIONS[0],
        capabilities: {},
        clientInfo: { name: "genkitd", version: VERSION },
      };
      const { result, sessionId: id } = await this.#transport.request(
        ++this.#lastId,
        "initialize",
        params,
        {},
        { signal, maxBytes: MAX_INTRODUCTION },
      );
      const version = (result as { protocolVersion?: unknown } | null)?.protocolVersion;
      if (typeof version !== "string" || !VERSIONS.includes(version)) {
        const why = "its server speaks no version of the Model Context Protocol that is spoken " +
          `here, ${VERSIONS.join(", ")}`;
        throw new ToolFailure(this.#name, why, { said: String(version).slice(0, 40) });
      }
      const agreement = { id, version };
      await this.#transport.notify("notifications/initialized", undefined, agreement, signal);
      return agreement;
    });
  }

  #cancel(requestId: number, agreement: McpAgreement): void {
    const params = { requestId, reason: "The call was cancelled" };
    this.#aside((signal) =>
      this.#transport.notify("notifications/cancelled", params, agreement, signal)
    );
  }

  /** Does what nobody waits for, within a bound. Never rejects. */
  async #aside(run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    await outsideOfCalls(() =>
      within(this.#clock, ASIDE_TIMEOUT, () => new Error("too late"), run).catch(() => {})
    );
  }
}

/** Waits for a promise, and no longer than until the signal aborts. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const end = () => reject(signal.reason);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", end);
  }
}
