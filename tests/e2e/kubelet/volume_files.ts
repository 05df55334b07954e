import { fieldRef } from "./field_ref.ts";
import { MissingReference, type NamedObjects, type ObjectData } from "./named_objects.ts";
import type { KeyToPath, Pod, Volume, VolumeSource } from "./pod.ts";

/** A file of a volume. */
export interface VolumeFile {
  content: Uint8Array;
  mode: number;
  /** The user that it belongs to; root where absent. */
  owner?: number;
}

/** Options of {@linkcode volumeFiles}. */
export interface VolumeFilesOptions {
  pod: Pod;
  podIp: string;
  objects: NamedObjects;
  /** Gets a token of the pod's ServiceAccount. */
  token(audience: string | undefined, expirationSeconds: number): Promise<string>;
}

/**
 * Gives the files of a volume by path, or undefined where it begins as an empty folder.
 *
 * @throws {MissingReference} where an object or key that is not optional is not there.
 */
export async function volumeFiles(
  volume: Volume,
  options: VolumeFilesOptions,
): Promise<Map<string, VolumeFile> | undefined> {
  if (volume.emptyDir) return undefined;
  const mode = (volume.projected ?? volume.configMap ?? volume.secret ?? volume.downwardAPI)
    ?.defaultMode ?? 0o644;
  const files = new Map<string, VolumeFile>();
  for (const source of sourcesOf(volume)) {
    for (const [path, file] of await sourceFiles(source, mode, options)) files.set(path, file);
  }
  return files;
}

function sourcesOf(volume: Volume): VolumeSource[] {
  const { name, projected, configMap, secret, downwardAPI } = volume;
  if (projected) return projected.sources;
  if (configMap) return [{ configMap }];
  if (secret) return [{ secret: { ...secret, name: secret.secretName } }];
  if (downwardAPI) return [{ downwardAPI }];
  throw new Error(`The test kubelet does not know the kind of volume "${name}"`);
}

async function sourceFiles(
  { configMap, secret, downwardAPI, serviceAccountToken }: VolumeSource,
  mode: number,
  { pod, podIp, objects, token }: VolumeFilesOptions,
): Promise<Map<string, VolumeFile>> {
  if (configMap) return keyFiles("configmap", objects.configMap(configMap.name), configMap, mode);
  if (secret) return keyFiles("secret", objects.secret(secret.name), secret, mode);
  if (serviceAccountToken) {
    const { path, audience, expirationSeconds = 3600 } = serviceAccountToken;
    const text = await token(audience, expirationSeconds);
    return new Map([[path, { content: encode(text), ...tokenAccess(pod, mode) }]]);
  }
  return new Map((downwardAPI?.items ?? []).map(({ path, fieldRef: field }) => {
    const text = fieldRef(pod, podIp, field?.fieldPath ?? "");
    return [path, { content: encode(text), mode }];
  }));
}

/** A token is for the user of the pod's containers, or for its volumes' group, and nobody else. */
function tokenAccess({ spec }: Pod, mode: number): Pick<VolumeFile, "mode" | "owner"> {
  const { runAsUser, fsGroup } = spec.securityContext ?? {};
  const users = spec.containers.map((one) => one.securityContext?.runAsUser ?? runAsUser);
  const owner = users.every((user) => user === users[0]) ? users[0] : undefined;
  if (owner === undefined && fsGroup === undefined) return { mode };
  return { mode: 0o600, ...owner !== undefined && { owner } };
}

function keyFiles(
  kind: string,
  data: ObjectData | undefined,
  { name, items, optional }: { name: string; items?: KeyToPath[]; optional?: boolean },
  defaultMode: number,
): Map<string, VolumeFile> {
  if (data === undefined) {
    if (optional) return new Map();
    throw new MissingReference(`${kind} "${name}" not found`);
  }
  const wanted: KeyToPath[] = items ?? Object.keys(data).map((key) => ({ key, path: key }));
  const files = new Map<string, VolumeFile>();
  for (const { key, path, mode = defaultMode } of wanted) {
    const content = data[key];
    if (content !== undefined) files.set(path, { content, mode });
    else if (!optional) throw new MissingReference(`${kind} "${name}" has no key "${key}"`);
  }
  return files;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
