import { createSocket } from "node:dgram";
import { once } from "node:events";
import { systemClock } from "../../../shared/clock.ts";
import { runCommand } from "../kubelet/run_command.ts";
import type { Api } from "./api.ts";
import { dnsAnswer } from "./dns_answer.ts";
import { followObjects } from "./followed_objects.ts";
import type { EndpointSlice } from "./service_endpoints.ts";
import { hasClusterIp, type ServiceObject } from "./service_objects.ts";
import { type ServiceProxy, startServiceProxy } from "./service_proxy.ts";

/** The address of the cluster's DNS, in the range of Services. */
export const DNS_ADDRESS = "10.0.255.10";

/** What ends every name of the cluster. */
export const CLUSTER_DOMAIN = "cluster.local";

/** What pods reach Services by: their cluster IPs, and a DNS with their names. */
export interface ClusterNetwork {
  stop(): Promise<void>;
}

/**
 * Starts the part of a node's proxy and of the cluster's DNS. Ports of a Service are those that it
 * has when it is first seen.
 */
export async function startClusterNetwork(api: Api): Promise<ClusterNetwork> {
  const stopping = new AbortController();
  const follow = { api, clock: systemClock, signal: stopping.signal };
  const proxies = new Map<string, Promise<ServiceProxy>>();
  const slices = followObjects<EndpointSlice>({
    ...follow,
    path: "/apis/discovery.k8s.io/v1/endpointslices",
    changed: () => {},
  });
  const slicesOf = ({ metadata: { namespace, name } }: ServiceObject) =>
    [...slices.values()].filter(({ metadata }) =>
      metadata.namespace === namespace &&
      metadata.labels?.["kubernetes.io/service-name"] === name
    );
  let changing: Promise<unknown> = slices.ready;
  const changed = (service: ServiceObject, gone: boolean) => {
    if (!hasClusterIp(service)) return;
    const { uid } = service.metadata;
    // One after the other: an address may go from one Service to the next.
    changing = changing.then(async () => {
      if (gone) {
        await (await proxies.get(uid))?.stop();
        proxies.delete(uid);
      } else if (!proxies.has(uid)) {
        const proxy = startServiceProxy(service, slicesOf);
        proxies.set(uid, proxy);
        await proxy;
      }
    });
  };
  const services = followObjects<ServiceObject>({ ...follow, path: "/api/v1/services", changed });
  const dns = await startDns((name) => {
    const [service = "", namespace = "", ...rest] = name.split(".");
    if (rest.join(".") !== `svc.${CLUSTER_DOMAIN}`) return undefined;
    const found = services.get(namespace, service);
    return found && hasClusterIp(found) ? found.spec.clusterIP : undefined;
  });
  await services.ready;
  await changing;
  return {
    async stop() {
      stopping.abort();
      await Promise.all([services.ended, slices.ended, changing]);
      for (const proxy of proxies.values()) await (await proxy).stop();
      await dns.stop();
    },
  };
}

async function startDns(
  lookup: (name: string) => string | undefined,
): Promise<{ stop(): Promise<void> }> {
  await runCommand("ip", "addr", "add", `${DNS_ADDRESS}/32`, "dev", "lo");
  const socket = createSocket("udp4", (query, { address, port }) => {
    socket.send(dnsAnswer(query, lookup), port, address);
  });
  socket.bind(53, DNS_ADDRESS);
  await once(socket, "listening");
  return {
    async stop() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}
