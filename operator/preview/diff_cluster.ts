import type { KnownObject } from "../../shared/api/kinds.ts";
import { ObjectSet } from "../../shared/flows/object_set.ts";
import { LintScope } from "../../shared/lint/lint_scope.ts";
import type { Client } from "../kubernetes/client.ts";
import { diffObjects, type ObjectChange, secretValues } from "./diff_objects.ts";
import { diffRollouts, type RolloutChange } from "./diff_rollouts.ts";
import { type ClusterObjects, readCluster } from "./read_cluster.ts";

/** What applying files would do. */
export interface Diff {
  objects: ObjectChange[];
  rollouts: RolloutChange[];
  /** Secrets of the files that may not be read in the cluster: whether they change is not known. */
  unread: { kind: "Secret"; namespace: string; name: string }[];
}

/**
 * Tells what applying objects would do to a cluster, without changing anything there.
 *
 * @param objects Those of files; what names no namespace goes into `namespace`.
 */
export async function diffCluster(
  client: Pick<Client, "get" | "list">,
  objects: readonly KnownObject[],
  { namespace, prune }: { namespace: string; prune: boolean },
): Promise<Diff> {
  const wanted = objects.map((object) =>
    ({
      ...object,
      metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace },
    }) as KnownObject
  );
  const diff: Diff = { objects: [], rollouts: [], unread: [] };
  for (const [at = namespace, own] of Map.groupBy(wanted, ({ metadata }) => metadata.namespace)) {
    const names = (kind: string) =>
      own.filter((object) => object.kind === kind).map(({ metadata: { name } }) => name);
    const live = await readCluster(client, at, {
      secrets: names("Secret"),
      configMaps: names("ConfigMap"),
    });
    const unread = names("Secret").filter((name) =>
      live.scope.set.secret(at, name) === undefined && live.secretState(name) === "unknown"
    );
    diff.unread.push(...unread.map((name) => ({ kind: "Secret" as const, namespace: at, name })));
    const changes = await diffObjects(own, live, prune);
    const after = overlay(live, own, changes);
    diff.objects.push(...changes);
    diff.rollouts.push(...await diffRollouts(at, live.scope, after, changes));
  }
  return diff;
}

/** The namespace as it is after the files were applied. */
function overlay(
  { scope, namespace }: ClusterObjects,
  wanted: readonly KnownObject[],
  changes: readonly ObjectChange[],
): LintScope {
  const keyOf = (kind: string, name: string) => `${kind}/${name}`;
  const gone = new Set([
    ...changes.filter(({ change }) => change === "removed"),
    ...wanted.map(({ kind, metadata: { name } }) => ({ kind, name })),
  ].map(({ kind, name }) => keyOf(kind, name)));
  const set = new ObjectSet();
  const place = { line: 1, column: 1 };
  const add = (object: KnownObject) =>
    set.add(object, { value: object, file: object.kind, ...place, locate: () => place });
  for (const object of scope.all) {
    if (!gone.has(keyOf(object.kind, object.metadata.name))) add(object);
  }
  for (const object of wanted) add(object.kind === "Secret" ? merged(object, scope) : object);
  const invalid = scope.invalid.filter(({ kind, name }) => !gone.has(keyOf(kind, name)));
  return new LintScope(set, invalid.filter((object) => object.namespace === namespace));

  /** Keys alone; those of the cluster stay beside those of the file. */
  function merged(secret: KnownObject & { kind: "Secret" }, before: LintScope): KnownObject {
    const { name } = secret.metadata;
    const keys = [
      ...Object.keys(before.set.secret(namespace, name) ?? {}),
      ...Object.keys(secretValues(secret)),
    ];
    const data = Object.fromEntries(keys.map((key) => [key, ""]));
    return { apiVersion: "v1", kind: "Secret", metadata: secret.metadata, data };
  }
}
