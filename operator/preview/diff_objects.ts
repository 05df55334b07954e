import type { ConfigMap } from "../../shared/api/config_map.ts";
import type { KnownObject } from "../../shared/api/kinds.ts";
import type { Secret } from "../../shared/api/secret.ts";
import { digest } from "./digest.ts";
import type { ClusterObjects } from "./read_cluster.ts";
import { changedFields } from "./changed_fields.ts";

/** What applying files does to one object. */
export interface ObjectChange {
  change: "added" | "changed" | "removed";
  kind: string;
  namespace: string;
  name: string;
  /** Where it changes, by path, without values. */
  fields: string[];
}

/**
 * Compares objects of files with those of one namespace of a cluster. Labels and annotations count
 * where the file has them; others may be somebody else's.
 *
 * @param wanted Objects of that namespace, which each name it.
 * @param prune Whether objects of genkitd's kinds that are not in the files go.
 */
export async function diffObjects(
  wanted: readonly KnownObject[],
  live: ClusterObjects,
  prune: boolean,
): Promise<ObjectChange[]> {
  const changes: ObjectChange[] = [];
  const { namespace } = live;
  for (const object of wanted) {
    const { kind, metadata: { name } } = object;
    const base = { kind, namespace, name };
    const found = live.scope.of(kind, namespace).find(({ metadata }) => metadata.name === name);
    if (live.scope.invalidObject(kind, namespace, name)) {
      changes.push({ change: "changed", ...base, fields: ["spec"] });
      continue;
    }
    if (found === undefined) {
      const readable = kind !== "Secret" || live.secretState(name) === "missing";
      if (readable) changes.push({ change: "added", ...base, fields: [] });
      continue;
    }
    const fields = [
      ...ofMetadata(found, object),
      ...object.kind === "Secret"
        ? await ofSecret(object, live)
        : object.kind === "ConfigMap"
        ? changedFields(dataOf(found as ConfigMap), dataOf(object))
        : changedFields(specOf(found), specOf(object), "spec"),
    ];
    if (fields.length > 0) changes.push({ change: "changed", ...base, fields });
  }
  if (prune) changes.push(...removed(wanted, live));
  return changes;
}

/** The Secrets' values as they are wanted, in base64. */
export function secretValues({ data = {}, stringData = {} }: Secret): Record<string, string> {
  const encoded = Object.entries(stringData)
    .map(([key, value]) => [key, new TextEncoder().encode(value).toBase64()] as const);
  return { ...data, ...Object.fromEntries(encoded) };
}

async function ofSecret(secret: Secret, live: ClusterObjects): Promise<string[]> {
  const fields: string[] = [];
  for (const [key, value] of Object.entries(secretValues(secret))) {
    const before = live.secretHashes.get(`${secret.metadata.name}/${key}`);
    if (before !== await digest(value)) fields.push(`data.${key}`);
  }
  return fields;
}

function ofMetadata(live: KnownObject, wanted: KnownObject): string[] {
  return (["labels", "annotations"] as const).flatMap((field) =>
    Object.entries(wanted.metadata[field] ?? {})
      .filter(([key, value]) => live.metadata[field]?.[key] !== value)
      .map(([key]) => `metadata.${field}.${key}`)
  );
}

function removed(wanted: readonly KnownObject[], { scope, namespace }: ClusterObjects) {
  const kept = new Set(wanted.map(({ kind, metadata: { name } }) => `${kind}/${name}`));
  const ours = [
    ...scope.all.map(({ kind, metadata: { name } }) => ({ kind, name })),
    ...scope.invalid.map(({ kind, name }) => ({ kind, name })),
  ].filter(({ kind }) => kind !== "Secret" && kind !== "ConfigMap");
  return ours.filter(({ kind, name }) => !kept.has(`${kind}/${name}`))
    .map(({ kind, name }): ObjectChange => ({
      ...{ change: "removed", kind, namespace, name },
      fields: [],
    }));
}

function specOf(object: KnownObject): unknown {
  return "spec" in object ? object.spec : undefined;
}

function dataOf({ data = {}, binaryData = {} }: ConfigMap): Record<string, unknown> {
  return { data, binaryData };
}
