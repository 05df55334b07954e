import type { KubernetesObject } from "../kubernetes/object.ts";
import { childMetadata } from "./child_metadata.ts";
import { serverLabels } from "./labels.ts";
import type { ServerOwner } from "./server_owner.ts";

const DNS = {
  ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }],
};

/** Renders the NetworkPolicy of a server that wants one. */
export function renderNetworkPolicy(owner: ServerOwner): KubernetesObject | undefined {
  const { kind, metadata: { name }, spec: { networkPolicy } } = owner;
  if (networkPolicy === undefined) return undefined;
  const { from, egress } = networkPolicy;
  const types = [
    ...from === undefined ? [] : ["Ingress"],
    ...egress === undefined ? [] : ["Egress"],
  ];
  if (types.length === 0) return undefined;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMetadata(owner, name),
    spec: {
      podSelector: { matchLabels: serverLabels(kind, name) },
      policyTypes: types,
      // A rule without peers would let everybody in.
      ...from !== undefined && from.length > 0 && {
        ingress: [{ from, ports: [{ port: "http", protocol: "TCP" }] }],
      },
      ...egress !== undefined && { egress: [DNS, ...egress] },
    },
  };
}
