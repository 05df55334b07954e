import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** The open connections of a server with their requests in flight, and how they come to an end. */
export class Connections {
  #open = new Map<Socket, Set<ServerResponse>>();
  #lastCall = false;
  /** Resolves when the last connection has closed; set once they shall. */
  #none: PromiseWithResolvers<void> | undefined;

  /** Takes note of a new connection. */
  opened(socket: Socket): void {
    this.#open.set(socket, new Set());
    socket.once("close", () => {
      this.#open.delete(socket);
      if (this.#open.size === 0) this.#none?.resolve();
    });
  }

  /** Takes note of a new request on a connection. */
  began(socket: Socket, response: ServerResponse): void {
    const requests = this.#open.get(socket);
    if (requests === undefined) return;
    requests.add(response);
    if (this.#lastCall) endWithLast(requests);
    response.once("close", () => {
      requests.delete(response);
      // A stream that began before the last call has promised to keep the connection.
      if (this.#none !== undefined && requests.size === 0) socket.destroySoon();
    });
  }

  /** The responses that a connection still owes. */
  inFlight(socket: Socket): readonly ServerResponse[] {
    return [...this.#open.get(socket) ?? []];
  }

  /** From now on each connection ends with its last response, which says so where it still can. */
  lastCall(): void {
    this.#lastCall = true;
    for (const requests of this.#open.values()) endWithLast(requests);
  }

  /** Closes the idle connections now, and the others when they are done; resolves when all are. */
  closeAsTheyFinish(): Promise<void> {
    this.#none ??= Promise.withResolvers();
    for (const [socket, requests] of this.#open) if (requests.size === 0) socket.destroy();
    if (this.#open.size === 0) this.#none.resolve();
    return this.#none.promise;
  }

  /** Closes all connections at once; gives the number of requests that this cut. */
  cut(): number {
    const cut = [...this.#open.values()].reduce((sum, requests) => sum + requests.size, 0);
    for (const socket of this.#open.keys()) socket.destroy();
    return cut;
  }
}

/** Of several requests on one connection, only the last one's answer may end it. */
function endWithLast(requests: Set<ServerResponse>): void {
  const last = [...requests].at(-1);
  for (const response of requests) {
    if (!response.headersSent) response.shouldKeepAlive = response !== last;
  }
}
