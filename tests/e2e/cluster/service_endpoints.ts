import type { Clock } from "../../../shared/clock.ts";
import type { Api } from "./api.ts";
import { type Followed, type FollowedObjects, followObjects } from "./followed_objects.ts";

/** Where a Service's connections can go. */
export interface Endpoint {
  ip: string;
  port: number;
  pod: string;
}

/** An EndpointSlice, as far as it is read. */
export interface EndpointSlice extends Followed {
  ports: { name?: string; port?: number }[] | null;
  endpoints: {
    addresses: string[];
    conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
    targetRef?: { name: string };
  }[] | null;
}

/**
 * Chooses as kube-proxy does: the ready endpoints of a port, and where there is none, those that
 * still serve while they end.
 */
export function usableEndpoints(slices: Iterable<EndpointSlice>, portName: string): Endpoint[] {
  const all = [...slices].flatMap(({ ports, endpoints }) => {
    const port = ports?.find(({ name = "" }) => name === portName)?.port;
    return port === undefined ? [] : endpoints?.map((endpoint) => ({ ...endpoint, port })) ?? [];
  });
  const ready = all.filter(({ conditions }) => conditions?.ready ?? true);
  const ending = all.filter(({ conditions }) => conditions?.serving && conditions.terminating);
  return (ready.length > 0 ? ready : ending).map(({ addresses, port, targetRef }) => ({
    ip: addresses[0]!,
    port,
    pod: targetRef?.name ?? "",
  }));
}

/** Options of {@linkcode followEndpoints}. */
export interface FollowEndpointsOptions {
  api: Api;
  namespace: string;
  service: string;
  /** The name of the Service's port. */
  port: string;
  /** Milliseconds from a change of a slice until it counts, as a node's proxy needs some. */
  lag: number;
  clock: Clock;
  signal: AbortSignal;
}

/** The endpoints of a Service, as a node's proxy knows them. */
export interface ServiceEndpoints extends Pick<FollowedObjects<EndpointSlice>, "ready" | "ended"> {
  now(): Endpoint[];
  /** Resolves when the endpoints satisfy a condition. */
  until(condition: (endpoints: Endpoint[]) => boolean): Promise<Endpoint[]>;
}

/** Follows the EndpointSlices of a Service. */
export function followEndpoints(options: FollowEndpointsOptions): ServiceEndpoints {
  const { api, namespace, service, port, lag, clock, signal } = options;
  const slices = new Map<string, EndpointSlice>();
  const waiting = new Set<() => void>();
  const now = () => usableEndpoints(slices.values(), port);
  const take = (slice: EndpointSlice, gone: boolean) => {
    if (gone) slices.delete(slice.metadata.name);
    else slices.set(slice.metadata.name, slice);
    for (const look of waiting) look();
  };
  const { ready, ended } = followObjects<EndpointSlice>({
    api,
    path: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    query: { labelSelector: `kubernetes.io/service-name=${service}` },
    clock,
    signal,
    changed: (slice, gone) =>
      lag > 0 ? clock.after(lag, () => take(slice, gone)) : take(slice, gone),
  });
  return {
    ready,
    ended,
    now,
    until(condition) {
      return new Promise((resolve) => {
        const look = () => {
          const endpoints = now();
          if (!condition(endpoints)) return;
          waiting.delete(look);
          resolve(endpoints);
        };
        waiting.add(look);
        look();
      });
    },
  };
}
