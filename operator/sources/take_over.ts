import type { KubernetesObject, ManagedFields } from "../kubernetes/object.ts";
import { SOURCE_MANAGER_PREFIX } from "./source_labels.ts";

type FieldSet = Record<string, unknown>;

/**
 * The managedFields of an object that somebody handed over to a FlowSource by its labels, with the
 * fields of all former managers as those of `manager`; undefined where it was not handed over since.
 * Otherwise they would keep what they set for ever: each later change of the source would be a
 * conflict. What is written by a subresource stays, such as the scale of an autoscaler, and so do
 * finalizers and owners, which no source sets. Pure.
 */
export function takenOver(
  { metadata: { managedFields = [] } }: KubernetesObject,
  manager: string,
): ManagedFields[] | undefined {
  const isApply = ({ operation, subresource }: ManagedFields) =>
    operation === "Apply" && !subresource;
  const ours = managedFields.some((entry) => entry.manager === manager && isApply(entry));
  const sources = managedFields.filter((entry) =>
    isApply(entry) && entry.manager?.startsWith(SOURCE_MANAGER_PREFIX)
  );
  const handed = sources.filter((entry) => entry.manager !== manager);
  // Once it is ours, what people set is theirs; what another source set is nobody's any more.
  const united = ours
    ? handed.length > 0 ? sources : []
    : managedFields.filter(({ subresource }) => !subresource);
  const parts = united.map(({ fieldsV1 = {}, ...entry }) => ({ entry, ...partsOf(fieldsV1) }));
  const fieldsV1 = parts.map(({ taken }) => taken).reduce(union, {});
  if (Object.keys(fieldsV1).length === 0) return undefined;
  return [
    ...managedFields.filter((entry) => !united.includes(entry)),
    ...parts.flatMap(({ entry, left }) => left === undefined ? [] : { ...entry, fieldsV1: left }),
    { ...parts.at(-1)!.entry, manager, operation: "Apply", fieldsV1 },
  ];
}

/** What a source may set, and what only others do. */
function partsOf(fields: FieldSet): { taken: FieldSet; left: FieldSet | undefined } {
  const { "f:metadata": metadata = {}, ...rest } = fields;
  const entries = Object.entries(metadata as FieldSet);
  const isOthers = ([name]: [string, unknown]) =>
    name === "f:finalizers" || name === "f:ownerReferences";
  const left = entries.filter(isOthers);
  const taken = entries.filter((entry) => !isOthers(entry));
  return {
    taken: taken.length > 0 ? { "f:metadata": Object.fromEntries(taken), ...rest } : rest,
    left: left.length > 0 ? { "f:metadata": Object.fromEntries(left) } : undefined,
  };
}

function union(a: FieldSet, b: FieldSet): FieldSet {
  const all = { ...a };
  for (const [key, value] of Object.entries(b)) {
    all[key] = key in all ? union(all[key] as FieldSet, value as FieldSet) : value;
  }
  return all;
}
