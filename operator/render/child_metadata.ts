import { GROUP, VERSION } from "../../shared/api/kind.ts";
import type { ObjectMeta } from "../kubernetes/object.ts";
import { serverLabels } from "./labels.ts";
import type { ServerOwner } from "./server_owner.ts";

/** The metadata of a server's child: its labels, and the server as its controller. */
export function childMetadata({ kind, metadata }: ServerOwner, name: string): ObjectMeta {
  return {
    name,
    namespace: metadata.namespace,
    labels: serverLabels(kind, metadata.name),
    ownerReferences: [{
      apiVersion: `${GROUP}/${VERSION}`,
      kind,
      name: metadata.name,
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    }],
  };
}
