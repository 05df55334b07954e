import { type CustomKind, GROUP } from "../../shared/api/kind.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { MAX_SKIPPED } from "../../shared/api/flow_source.ts";
import { parseObject } from "../../shared/api/parse_object.ts";
import { type Problem, showPath } from "../../shared/api/problem.ts";
import { prune } from "../../shared/api/prune.ts";
import { type StructuralSchema, structuralSchema } from "../../shared/api/structural_schema.ts";
import { readInlined } from "../../shared/sources/read_inlined.ts";
import { objectIdentity } from "../../shared/sources/object_identity.ts";
import type { SourceObject } from "../../shared/sources/read_objects.ts";
import type { Snapshot } from "../../shared/sources/source.ts";
import type { SourceProblem } from "../../shared/sources/source_problem.ts";
import type { KubernetesObject } from "../kubernetes/object.ts";
import { sourceLabels, type SourceName } from "./source_labels.ts";

/** What a snapshot asks to be applied. */
export interface Plan {
  revision: string;
  /** Valid objects as they are applied, what others refer to first. */
  objects: KubernetesObject[];
  /** What cannot be read or is invalid. While there is any, nothing is pruned. */
  problems: SourceProblem[];
  /** Unknown fields, which are left out. */
  warnings: SourceProblem[];
  /** Objects that are none of a FlowSource's business, for people; at most `MAX_SKIPPED`. */
  skipped: string[];
}

/** The kinds in the order in which they are applied: what is referred to goes first. */
const ORDER = [
  "PluginConfig",
  "Model",
  "Prompt",
  "Tool",
  "Dataset",
  "Flow",
  "FlowSet",
  "Eval",
] as const satisfies (keyof typeof customKinds)[];

/** The place of a kind in the order in which objects are applied; they are removed the other way. */
export function orderOf(kind: string): number {
  return ORDER.indexOf(kind as typeof ORDER[number]);
}

/** The kind of an object that a FlowSource may apply. */
export function appliedKind(kind: string): CustomKind | undefined {
  return orderOf(kind) < 0 ? undefined : customKinds[kind as keyof typeof customKinds];
}

/**
 * Tells what the files of a snapshot ask to be applied to `target`. Each object is checked by the
 * schema of its kind, and one that is wrong does not hold up the others. Files that objects refer to are
 * put into them. Pure.
 */
export function planObjects(snapshot: Snapshot, source: SourceName, target: string): Plan {
  const read = readInlined(snapshot);
  const plan: Plan = {
    revision: snapshot.revision,
    objects: [],
    problems: [...snapshot.problems, ...read.problems],
    warnings: [],
    skipped: [],
  };
  const skipped = read.passedOver.notes.map(({ file }) => `what is made of ${file}`);
  for (const each of read.objects) {
    const { apiVersion, kind } = each.value as { apiVersion?: unknown; kind?: unknown };
    // A line that was lost is a mistake: what it belongs to is not pruned for it.
    const lost = !apiVersion && typeof kind === "string" && appliedKind(kind) !== undefined;
    const ours = lost || String(apiVersion).split("/")[0] === GROUP;
    if (!ours || kind === "FlowSource") skipped.push(describe(each));
    else planOne(each, source, target, plan);
  }
  rejectSame(plan);
  plan.objects.sort((a, b) => orderOf(a.kind) - orderOf(b.kind));
  plan.skipped = skipped.slice(0, MAX_SKIPPED);
  const more = skipped.length - MAX_SKIPPED;
  if (more > 0) plan.skipped[MAX_SKIPPED - 1] = `and ${more + 1} more`;
  return plan;
}

function describe({ value, file, line }: SourceObject): string {
  const { kind = "an object", name = "?" } = objectIdentity(value) ?? {};
  return `${kind} "${name}" (${file}:${line})`.slice(0, 512);
}

function planOne(each: SourceObject, source: SourceName, target: string, plan: Plan): void {
  const { file } = each;
  const { kind: kindName = "Object" } = each.value as { kind?: string };
  // What the cluster says of an object, as in the output of `kubectl get`, is not ours to apply.
  const { metadata = {}, status: _, ...rest } = each.value as Record<string, unknown>;
  const { name: ownName, namespace, labels, annotations } =
    (typeof metadata === "object" ? metadata ?? {} : {}) as KubernetesObject["metadata"];
  const shown = `${kindName} "${typeof ownName === "string" ? ownName : ""}"`;
  const place = ({ path, message }: Problem): SourceProblem => ({
    file,
    ...each.locate(path),
    message: `${shown}: ${showPath(path)}: ${message}`,
  });
  const kept = { name: ownName, namespace: namespace || undefined, labels, annotations };
  const result = parseObject({ ...rest, metadata: kept });
  if (result.outcome === "foreign") return;
  plan.warnings.push(...result.warnings.map(place));
  if (result.outcome === "invalid") {
    plan.problems.push(...result.problems.map(place));
    return;
  }
  if (kept.namespace !== undefined && kept.namespace !== target) {
    const message = `is "${kept.namespace}", should be "${target}" or left out`;
    plan.problems.push(place({ path: ["metadata", "namespace"], message }));
    return;
  }
  // Not what the schema made of it: defaults stay the API server's, so that others may set them.
  const { value } = prune(rest, schemaOf(appliedKind(kindName)!));
  plan.objects.push({
    ...value as KubernetesObject,
    metadata: {
      name: ownName,
      namespace: target,
      labels: { ...labels, ...sourceLabels(source) },
      ...annotations && { annotations },
    },
  });
}

/** One with the namespace and one without are the same here, and not for who reads files. */
function rejectSame(plan: Plan): void {
  const seen = new Set<string>();
  plan.objects = plan.objects.filter(({ kind, metadata: { name } }) => {
    const key = `${kind}/${name}`;
    if (!seen.has(key)) return Boolean(seen.add(key));
    plan.problems.push({
      file: `${kind} "${name}"`,
      message: "is defined twice, with its namespace and without",
    });
    return false;
  });
}

const schemas = new Map<string, StructuralSchema>();

function schemaOf(kind: CustomKind): StructuralSchema {
  let schema = schemas.get(kind.kind);
  if (schema === undefined) schemas.set(kind.kind, schema = structuralSchema(kind.schema));
  return schema;
}
