import { runCommand } from "../kubelet/run_command.ts";
import { type EndpointSlice, usableEndpoints } from "./service_endpoints.ts";
import type { ServiceObject } from "./service_objects.ts";

/** Gives the EndpointSlices of a Service, as they are now. */
export type SlicesOf = (service: ServiceObject) => EndpointSlice[];

/** The ports of one Service at its cluster IP. */
export interface ServiceProxy {
  /** Closes the ports and what goes through them. */
  stop(): Promise<void>;
}

/**
 * Listens at the cluster IP of a Service, as a node's proxy does: each connection goes to one of the
 * endpoints that are ready at that moment, and is closed where there is none.
 */
export async function startServiceProxy(
  service: ServiceObject,
  slicesOf: SlicesOf,
): Promise<ServiceProxy> {
  const { clusterIP, ports = [] } = service.spec;
  const open = new Set<Deno.Conn>();
  const listeners: Deno.Listener[] = [];
  const running: Promise<unknown>[] = [];
  await runCommand("ip", "addr", "add", `${clusterIP}/32`, "dev", "lo");
  for (const { name = "", port, protocol = "TCP" } of ports) {
    if (protocol !== "TCP") continue;
    const listener = Deno.listen({ hostname: clusterIP, port });
    listeners.push(listener);
    running.push(accept(listener, (socket) => {
      const endpoints = usableEndpoints(slicesOf(service), name);
      const to = endpoints[Math.floor(Math.random() * endpoints.length)];
      if (to === undefined) return socket.close();
      void join(socket, { hostname: to.ip, port: to.port }, open);
    }));
  }
  return {
    async stop() {
      for (const listener of listeners) listener.close();
      for (const socket of open) close(socket);
      await Promise.all(running);
      await runCommand("ip", "addr", "del", `${clusterIP}/32`, "dev", "lo");
    },
  };
}

async function accept(listener: Deno.Listener, take: (socket: Deno.Conn) => void): Promise<void> {
  for await (const socket of listener) take(socket);
}

/** Carries what one says to the other; where one breaks, so does the other. */
async function join(one: Deno.Conn, to: Deno.ConnectOptions, open: Set<Deno.Conn>): Promise<void> {
  const sockets = [one];
  open.add(one);
  try {
    const other = await Deno.connect(to);
    sockets.push(other);
    open.add(other);
    await Promise.all([carry(one, other), carry(other, one)]);
  } catch {
    // Whoever is at the other end sees it closed.
  } finally {
    for (const socket of sockets) {
      open.delete(socket);
      close(socket);
    }
  }
}

/** Carries one direction to its end; the other one may go on. */
async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
    for (let at = 0; at < read;) at += await to.write(buffer.subarray(at, read));
  }
  await to.closeWrite();
}

function close(socket: Deno.Conn): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
