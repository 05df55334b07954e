import type { KubernetesObject } from "../kubernetes/object.ts";
import { childMetadata } from "./child_metadata.ts";
import { serverLabels } from "./labels.ts";
import type { ServerOwner } from "./server_owner.ts";

/** Renders the Service of a server. */
export function renderService(owner: ServerOwner): KubernetesObject {
  const { kind, metadata: { name }, spec: { port, serviceType } } = owner;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMetadata(owner, name),
    spec: {
      type: serviceType,
      selector: serverLabels(kind, name),
      // By name: pods of the old port and of the new one are both reached while it changes.
      ports: [{ name: "http", port, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
    },
  };
}
