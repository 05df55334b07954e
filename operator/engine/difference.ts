import type { KubernetesObject } from "../kubernetes/object.ts";
import { sameQuantity } from "./quantity.ts";

/** Fields that the API server keeps for itself, or that name the object. */
const NOT_COMPARED = new Set(["apiVersion", "kind"]);
const NOT_COMPARED_METADATA = new Set([
  "name",
  "namespace",
  "uid",
  "resourceVersion",
  "managedFields",
]);

type JsonObject = Record<string, unknown>;

/**
 * Tells where a server-side apply of `desired` by `manager` would change `live`: fields whose values
 * differ, that are missing, or that the manager owns and `desired` has no more. Empty where an apply
 * would change nothing. Fields of other managers do not count.
 *
 * Lists are compared as the API server merges them, which the manager's own managedFields tell: by
 * key (`k:{…}`), as sets (`v:…`), else as a whole.
 */
export function difference(
  desired: KubernetesObject,
  live: KubernetesObject,
  manager: string,
): string[] {
  const entry = live.metadata.managedFields?.find((fields) =>
    fields.manager === manager && fields.operation === "Apply" && !fields.subresource
  );
  const owned = entry?.fieldsV1 as JsonObject | undefined;
  if (owned === undefined) return ["managedFields"];
  const paths: string[] = [];
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined || NOT_COMPARED.has(key)) continue;
    if (key === "metadata") {
      const metadata = Object.entries(value as JsonObject)
        .filter(([key]) => !NOT_COMPARED_METADATA.has(key));
      compare(Object.fromEntries(metadata), live.metadata, child(owned, "metadata"), key, paths);
    } else compare(value, live[key], child(owned, key), key, paths);
  }
  for (const key of Object.keys(owned)) {
    if (!key.startsWith("f:") || key === "f:metadata") continue;
    if (desired[key.slice(2)] === undefined) paths.push(key.slice(2));
  }
  return paths;
}

/** Compares a value with the live one, and with the part of the owned fields that is about it. */
function compare(
  desired: unknown,
  live: unknown,
  owned: JsonObject | undefined,
  path: string,
  paths: string[],
): void {
  if (Array.isArray(desired)) return compareLists(desired, live, owned, path, paths);
  if (!isObject(desired)) {
    if (!sameScalar(desired, live, path)) paths.push(path);
    return;
  }
  if (!isObject(live)) {
    if (!isEmpty(desired)) paths.push(path);
    return;
  }
  // Owned as a whole: an atomic map, whose fields are not told one by one.
  const atomic = owned !== undefined && Object.keys(owned).length === 0;
  for (const [key, value] of Object.entries(desired)) {
    if (value === undefined) continue;
    const inner = atomic ? {} : child(owned, key);
    if (inner === undefined && !isEmpty(value)) paths.push(`${path}.${key}`);
    else compare(value, live[key], inner, `${path}.${key}`, paths);
  }
  if (atomic) {
    for (const [key, value] of Object.entries(live)) {
      const added = desired[key] === undefined && !isEmpty(value) && DEFAULTS[key] !== value;
      if (added) paths.push(`${path}.${key}`);
    }
    return;
  }
  for (const key of Object.keys(owned ?? {})) {
    if (key.startsWith("f:") && desired[key.slice(2)] === undefined) {
      paths.push(`${path}.${key.slice(2)}`);
    }
  }
}

function compareLists(
  desired: unknown[],
  live: unknown,
  owned: JsonObject | undefined,
  path: string,
  paths: string[],
): void {
  if (!Array.isArray(live)) {
    if (desired.length > 0) paths.push(path);
    return;
  }
  const keys = Object.keys(owned ?? {});
  if (keys.some((key) => key.startsWith("k:"))) {
    return compareKeyed(desired, live, owned!, path, paths);
  }
  if (keys.some((key) => key.startsWith("v:"))) {
    const values = keys.filter((key) => key.startsWith("v:")).map((key) => key.slice(2));
    const wanted = desired.map((value) => JSON.stringify(value));
    if (!sameSet(values, wanted)) paths.push(path);
    return;
  }
  if (live.length !== desired.length) {
    paths.push(path);
    return;
  }
  for (const [index, value] of desired.entries()) {
    compare(value, live[index], {}, `${path}[${index}]`, paths);
  }
}

function compareKeyed(
  desired: unknown[],
  live: unknown[],
  owned: JsonObject,
  path: string,
  paths: string[],
): void {
  const found = new Set<unknown>();
  for (const [field, fields] of Object.entries(owned)) {
    if (!field.startsWith("k:")) continue;
    const key: JsonObject = JSON.parse(field.slice(2));
    const wanted = desired.find((item) => matches(item, key));
    const is = live.find((item) => matches(item, key));
    const at = `${path}[${Object.values(key).join(",")}]`;
    if (wanted === undefined) paths.push(at);
    else {
      found.add(wanted);
      compare(wanted, is, fields as JsonObject, at, paths);
    }
  }
  if (found.size < desired.length || (path.endsWith(".env") && !isInOrder(desired, live))) {
    paths.push(path);
  }
}

/**
 * Whether variables stand in the wanted order, whatever others stand between them: one may refer to
 * those before it. The order of other lists with keys says nothing.
 */
function isInOrder(desired: unknown[], live: unknown[]): boolean {
  const nameOf = (variable: unknown) => isObject(variable) ? variable.name : undefined;
  const names = live.map(nameOf);
  const places = desired.map((variable) => names.indexOf(nameOf(variable)))
    .filter((place) => place >= 0);
  return places.every((place, index) => index === 0 || place > places[index - 1]!);
}

/** Whether a list's item has the key; a part that it leaves out has its default. */
function matches(item: unknown, key: JsonObject): boolean {
  if (!isObject(item)) return false;
  return Object.entries(key).every(([name, value]) =>
    item[name] === value || (item[name] === undefined && DEFAULTS[name] === value)
  );
}

/** What the API server adds inside values that are owned as a whole, and to the keys of lists. */
const DEFAULTS: JsonObject = {
  protocol: "TCP",
  // Of fieldRef and resourceFieldRef.
  apiVersion: "v1",
  divisor: "0",
  // Of a projected volume's serviceAccountToken and podCertificate.
  expirationSeconds: 3600,
  maxExpirationSeconds: 86400,
};

function sameScalar(desired: unknown, live: unknown, path: string): boolean {
  if (desired === live || (live === undefined && isEmpty(desired))) return true;
  return QUANTITIES.test(path) && sameQuantity(desired, live);
}

/** Where Kubernetes writes quantities in its own way: "0.1" becomes "100m". */
const QUANTITIES = /\.(requests|limits)\.|\.(sizeLimit|divisor|averageValue|value)$/;

/** Values that the API server may leave out. */
function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.values(value).every((inner) => inner === undefined);
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

function sameSet(a: string[], b: string[]): boolean {
  return a.length === b.length && a.every((value) => b.includes(value));
}

function child(owned: JsonObject | undefined, field: string): JsonObject | undefined {
  return owned?.[`f:${field}`] as JsonObject | undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
