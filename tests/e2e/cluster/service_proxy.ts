import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
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
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  await runCommand("ip", "addr", "add", `${clusterIP}/32`, "dev", "lo");
  for (const { name = "", port, protocol = "TCP" } of ports) {
    if (protocol !== "TCP") continue;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const endpoints = usableEndpoints(slicesOf(service), name);
      const to = endpoints[Math.floor(Math.random() * endpoints.length)];
      if (to === undefined) return void socket.destroy();
      join(socket, connect({ host: to.ip, port: to.port, allowHalfOpen: true }), sockets);
    });
    server.listen(port, clusterIP);
    await once(server, "listening");
    servers.push(server);
  }
  return {
    async stop() {
      const closed = servers.map((server) => {
        const closed = once(server, "close");
        server.close();
        return closed;
      });
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
      await runCommand("ip", "addr", "del", `${clusterIP}/32`, "dev", "lo");
    },
  };
}

/** Carries what one says to the other; where one breaks, so does the other. */
function join(one: Socket, other: Socket, sockets: Set<Socket>): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    sockets.add(from);
    from.on("error", () => to.destroy());
    from.on("close", () => sockets.delete(from));
    from.pipe(to);
  }
}
