import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The open connections of a server with their requests in flight, and how they come to an end. */
export class Connections {
  #open = new Map<Socket, Set<ServerResponse>>();
  #lastCall = false;
  #closing = false;
  #onNone: (() => void) | undefined;

  /** Takes note of a new connection. */
  opened(socket: Socket): void {
    this.#open.set(socket, new Set());
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#onNone?.();
    });
  }

  /** Takes note of a new request by its response. */
  began(response: ServerResponse): void {
    const socket = response.socket;
    const requests = socket === null ? undefined : this.#open.get(socket);
    if (socket === null || requests === undefined) return;
    requests.add(response);
    if (this.#lastCall) response.shouldKeepAlive = false;
    response.once("close", () => {
      requests.delete(response);
      // A stream that began before the last call has promised to keep the connection.
      if (this.#closing && requests.size === 0) socket.destroySoon();
    });
  }

  /** The responses that a connection still owes. */
  inFlight(socket: Socket): readonly ServerResponse[] {
    return [...this.#open.get(socket) ?? []];
  }

  /** From now on each response ends its connection, and says so where it still can. */
  lastCall(): void {
    this.#lastCall = true;
    for (const requests of this.#open.values()) {
      // On one with several requests, only the last answer may end it.
      const last = [...requests].at(-1);
      if (last !== undefined && !last.headersSent) last.shouldKeepAlive = false;
    }
  }

  /** Closes the idle connections now, and the others when they are done; resolves when all are. */
  closeAsTheyFinish(): Promise<void> {
    this.#closing = true;
    for (const [socket, requests] of this.#open) if (requests.size === 0) socket.destroy();
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onNone = resolve);
  }

  /** Closes all connections at once; gives the number of requests that this cut. */
  cut(): number {
    const cut = [...this.#open.values()].reduce((sum, requests) => sum + requests.size, 0);
    for (const socket of this.#open.keys()) socket.destroy();
    return cut;
  }
}
