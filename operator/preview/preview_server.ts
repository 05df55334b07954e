import type { Flow } from "../../shared/api/flow.ts";
import type { FlowSet } from "../../shared/api/flow_set.ts";
import type { FlowServer } from "../../shared/flows/flow_server.ts";
import { DEFAULT_NAMESPACE, type Resolution, resolve } from "../../shared/flows/resolve.ts";
import type { Lookup } from "../../shared/flows/lookup.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { desiredReplicas } from "../controllers/desired_replicas.ts";
import { serverContentHash } from "../render/content_hash.ts";
import { type KeysOf, renderContent } from "../render/render_content.ts";
import { placeFiles } from "../render/render_config_maps.ts";
import { renderServer } from "../render/render_server.ts";
import type { ServerContent } from "../render/server_content.ts";

/** What a Flow or FlowSet becomes, as far as that is known without a cluster. */
export interface PreviewedServer {
  kind: "Flow" | "FlowSet";
  namespace: string;
  name: string;
  server: FlowServer;
  content: ServerContent;
  /** The content's SHA-256. */
  hash: string;
  /** In the order in which the operator applies them; none where it would apply none. */
  children: KubernetesObject[];
  /** Why there are no children, though the flows are well. */
  refused?: string;
  unresolved: Resolution["unresolved"];
  /** Secrets whose keys are not known; the provider's usual ones stand in their place. */
  unknownSecrets: string[];
}

/**
 * Renders a server as the operator would, without what only a cluster knows: the owner's uid, and so
 * the ownerReferences, and the digest of the values of Secrets.
 *
 * @param keysOf Gives the keys of a Secret of the server's namespace, where they are known.
 */
export async function previewServer(
  owner: Flow | FlowSet,
  lookup: Lookup,
  keysOf: KeysOf,
): Promise<PreviewedServer> {
  const { kind, metadata: { name, namespace = DEFAULT_NAMESPACE }, spec } = owner;
  const { server, unresolved } = resolve(owner, lookup, { needsPrompt: false });
  const unknown = new Set<string>();
  const content = renderContent(server, (secret) => {
    const keys = keysOf(secret);
    if (keys === undefined) unknown.add(secret);
    return keys;
  });
  const hash = await serverContentHash(content);
  const base = {
    ...{ kind, namespace, name, server, content, hash, unresolved },
    unknownSecrets: [...unknown].sort(),
  };
  const refused = refusal(spec.image, name, content);
  if (refused !== undefined) return { ...base, children: [], refused };
  if (server.flows.length === 0) return { ...base, children: [] };
  const children = renderServer({
    owner: { kind, metadata: { name, namespace, uid: "" }, spec: { ...spec, image: spec.image! } },
    content,
    hash,
    credentialsHash: undefined,
    replicas: desiredReplicas(spec, undefined, []),
  });
  return { ...base, children: children.map(withoutOwner) };
}

function refusal(
  image: string | undefined,
  name: string,
  content: ServerContent,
): string | undefined {
  if (!image) return "spec.image is not set, should be the image of a runner";
  try {
    placeFiles(name, content, "");
  } catch (error) {
    return (error as Error).message;
  }
}

function withoutOwner(child: KubernetesObject): KubernetesObject {
  const { ownerReferences: _, ...metadata } = child.metadata;
  return { ...child, metadata };
}
