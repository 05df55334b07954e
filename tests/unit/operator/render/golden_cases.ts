import { stringify } from "yaml";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { serverContentHash } from "../../../../operator/render/content_hash.ts";
import { renderContent } from "../../../../operator/render/render_content.ts";
import { renderServer } from "../../../../operator/render/render_server.ts";
import type { ServerInput } from "../../../../operator/render/render_server.ts";
import { checkObjects, type ObjectSet } from "../../../../shared/flows/object_set.ts";
import { resolve } from "../../../../shared/flows/resolve.ts";
import { readObjects, type SourceObject } from "../../../../shared/sources/read_objects.ts";

const GOLDEN = new URL("../../../golden/render/", import.meta.url).pathname;

/** A folder of tests/golden/render: objects, and the children that are rendered of them. */
export interface GoldenCase {
  name: string;
  /** The objects of input.yaml, in its order. */
  input: SourceObject[];
  /** Where children.yaml is. */
  childrenFile: string;
}

/** Reads all golden folders, sorted by name. */
export function goldenCases(): GoldenCase[] {
  const names = [...Deno.readDirSync(GOLDEN)].map(({ name }) => name).sort();
  return names.map((name) => ({
    name,
    input: readGolden(`${GOLDEN}${name}/input.yaml`),
    childrenFile: `${GOLDEN}${name}/children.yaml`,
  }));
}

/** Bytes of a ConfigMap in the cases whose names say that the content is split. */
const SMALL = 700;

/** Gives what the one Flow or FlowSet of a golden folder is rendered of. */
export async function inputOf({ name, input }: Pick<GoldenCase, "name" | "input">) {
  const objects = checkedObjects(input);
  const [server] = objects.servers;
  if (server === undefined) throw new Error(`the input of "${name}" has no Flow or FlowSet`);
  const { kind, metadata, spec } = server;
  const { namespace = "default" } = metadata;
  const { server: flowServer, unresolved } = resolve(server, objects, { needsPrompt: false });
  if (unresolved.length > 0) throw new Error(`"${name}": ${JSON.stringify(unresolved)}`);
  const content = renderContent(flowServer, (secret) => {
    const found = objects.secret(namespace, secret);
    return found && Object.keys(found);
  });
  const usesSecrets = content.secrets.length + content.environment.length > 0;
  return {
    owner: {
      kind,
      metadata: { name: metadata.name, namespace, uid: "11111111-2222-3333-4444-555555555555" },
      spec: { ...spec, image: spec.image! },
    },
    content,
    hash: await serverContentHash(content),
    credentialsHash: usesSecrets ? "secret/example=0123456789ab" : undefined,
    replicas: spec.autoscaling === undefined ? spec.replicas : undefined,
    maxBytes: name.endsWith("_split") ? SMALL : undefined,
  } satisfies ServerInput;
}

/** Renders the children of a golden folder's input. */
export async function childrenOf(
  golden: Pick<GoldenCase, "name" | "input">,
): Promise<KubernetesObject[]> {
  return renderServer(await inputOf(golden));
}

/** The text of children.yaml. */
export function childrenText(children: readonly KubernetesObject[]): string {
  return children.map((child) => stringify(child, { aliasDuplicateObjects: false, lineWidth: 100 }))
    .join("---\n");
}

function readGolden(path: string): SourceObject[] {
  const { objects, problems } = readObjects(new Map([[path, Deno.readTextFileSync(path)]]));
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return objects;
}

/** The objects of an input as the API server would have them: with the defaults of their kinds. */
function checkedObjects(input: readonly SourceObject[]): ObjectSet {
  const { objects, problems, warnings } = checkObjects(input);
  const bad = [...problems, ...warnings];
  if (bad.length > 0) throw new Error(bad.map(({ message }) => message).join("\n"));
  return objects;
}
