import type { KubernetesObject } from "../kubernetes/object.ts";
import { CREDENTIALS_DIR, MANIFEST } from "../../shared/contract/paths.ts";
import { CONTENT_HASH, CREDENTIALS_HASH } from "./names.ts";
import { CONTENT_VOLUME } from "./render_volumes.ts";
import type { SecretEnvironment, SecretFiles, ServerContent } from "./server_content.ts";

/** What the pods of a Deployment are given. */
export interface LastContent {
  content: ServerContent;
  hash: string;
  credentialsHash: string | undefined;
}

/** The part of a Deployment that is read. */
interface Templated {
  template?: {
    metadata?: { annotations?: Record<string, string> };
    spec?: {
      volumes?: { name: string; projected?: { sources?: Source[] } }[];
      containers?: { envFrom?: { secretRef?: { name: string } }[] }[];
    };
  };
}

interface Source {
  configMap?: { name: string; items?: Item[] };
  secret?: { name: string; items?: Item[] };
}

interface Item {
  key: string;
  path: string;
}

/**
 * Reads from a Deployment and its ConfigMaps what its pods are given: the inverse of the rendering.
 * Undefined for a Deployment that genkit-operator 0.5.0 made, or whose ConfigMaps are gone.
 */
export function readContent(
  deployment: KubernetesObject,
  configMap: (name: string) => KubernetesObject | undefined,
): LastContent | undefined {
  const { template } = deployment.spec as Templated;
  const annotations = template?.metadata?.annotations ?? {};
  const sources = template?.spec?.volumes?.find(({ name }) => name === CONTENT_VOLUME)
    ?.projected?.sources;
  const hash = annotations[CONTENT_HASH];
  if (sources === undefined || hash === undefined) return undefined;
  const files = new Map<string, string>();
  const secrets: SecretFiles[] = [];
  for (const source of sources) {
    if (source.secret?.items) secrets.push(secretFiles(source.secret.name, source.secret.items));
    if (source.configMap === undefined) continue;
    const data = configMap(source.configMap.name)?.data as Record<string, string> | undefined;
    for (const { key, path } of source.configMap.items ?? []) {
      const text = data?.[key];
      if (text === undefined) return undefined;
      files.set(path, text);
    }
  }
  const layout = files.has(MANIFEST) ? "multi" : "single";
  const environment = layout === "single" ? environmentOf(template, secrets) : [];
  return {
    content: { layout, files, secrets, environment },
    hash,
    credentialsHash: annotations[CREDENTIALS_HASH],
  };
}

function secretFiles(secret: string, items: readonly Item[]): SecretFiles {
  const [first] = items;
  const directory = first?.path.slice(0, first.path.lastIndexOf("/")) ?? "";
  return { directory, secret, keys: items.map(({ key }) => key) };
}

/** The provider's Secret: all of its keys, or one by one those that are mounted as well. */
function environmentOf(
  template: Templated["template"],
  secrets: readonly SecretFiles[],
): SecretEnvironment[] {
  const whole = (template?.spec?.containers?.[0]?.envFrom ?? []).flatMap(({ secretRef }) =>
    secretRef === undefined ? [] : [{ secret: secretRef.name, keys: [] }]
  );
  if (whole.length > 0) return whole;
  const mounted = secrets.find(({ directory }) => directory === CREDENTIALS_DIR);
  return mounted === undefined ? [] : [{ secret: mounted.secret, keys: mounted.keys }];
}
