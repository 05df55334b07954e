import type { CustomObject, KnownObject } from "../api/kinds.ts";
import { parseObject } from "../api/parse_object.ts";
import { showPath } from "../api/problem.ts";
import type { Secret } from "../api/secret.ts";
import { objectIdentity } from "../sources/object_identity.ts";
import type { SourceObject } from "../sources/read_objects.ts";
import type { SourceProblem } from "../sources/source_problem.ts";
import type { Found, Lookup, Referable } from "./lookup.ts";
import { DEFAULT_NAMESPACE } from "./resolve.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** An object with its place in a file. */
interface Placed {
  object: KnownObject;
  source: SourceObject;
}

/** The objects of files, checked by the schemas of their kinds; references are looked up in it. */
export class ObjectSet implements Lookup {
  #objects = new Map<string, Placed>();

  /** Everything, in the order of the files. */
  get all(): KnownObject[] {
    return [...this.#objects.values()].map(({ object }) => object);
  }

  /** The Flows and FlowSets, in the order of the files. */
  get servers(): Extract<CustomObject, { kind: "Flow" | "FlowSet" }>[] {
    return this.all.filter((object) => object.kind === "Flow" || object.kind === "FlowSet");
  }

  /** Adds an object; the last one of an identity stays. */
  add(object: KnownObject, source: SourceObject): void {
    const { kind, metadata } = object;
    this.#objects.set(key(kind, metadata.namespace, metadata.name), { object, source });
  }

  find<K extends keyof Referable>(kind: K, namespace: string, name: string): Found<Referable[K]> {
    const placed = this.#objects.get(key(kind, namespace, name));
    if (placed === undefined) return { outcome: "missing" };
    // A key holds the kind, so what is under it is of that kind.
    return { outcome: "found", object: placed.object as Referable[K] };
  }

  /** Gives a Secret's values by key; undefined where there is no such Secret. */
  secret(namespace: string, name: string): Record<string, string> | undefined {
    const secret = this.#objects.get(key("Secret", namespace, name))?.object as Secret | undefined;
    if (secret === undefined) return undefined;
    const data = Object.entries(secret.data ?? {}).map(([key, value]) =>
      [key, new TextDecoder().decode(Uint8Array.fromBase64(value))] as const
    );
    return { ...Object.fromEntries(data), ...secret.stringData };
  }

  names(kind: keyof Referable, namespace: string): string[] {
    return [...this.#objects.values()]
      .filter(({ object }) =>
        object.kind === kind && (object.metadata.namespace ?? DEFAULT_NAMESPACE) === namespace
      )
      .map(({ object }) => object.metadata.name);
  }

  /** Puts a problem of resolve at its place in the files. */
  locate({ object, path, message, textLine }: ResolveProblem): SourceProblem {
    const { kind, namespace, name } = object;
    const placed = this.#objects.get(key(kind, namespace, name));
    const text = `${kind} "${name}": ${showPath(path)}: ${message}`;
    if (placed === undefined) return { file: `${kind} ${namespace}/${name}`, message: text };
    return { file: placed.source.file, ...placed.source.locate(path, textLine), message: text };
  }

  /**
   * Takes over from `before` what is missing here and stood in one of the files `broken`: while a
   * file cannot be read in full, the last good version of its objects stays, also before the objects
   * of sources that go after its own.
   *
   * @param goesBefore Whether the source of a file goes before that of another one.
   */
  keepFrom(
    before: ObjectSet,
    broken: ReadonlySet<string>,
    goesBefore: (file: string, other: string) => boolean = () => false,
  ): void {
    for (const [identity, placed] of before.#objects) {
      const { file } = placed.source;
      if (!broken.has(file)) continue;
      const now = this.#objects.get(identity);
      if (now === undefined || goesBefore(file, now.source.file)) {
        this.#objects.set(identity, placed);
      }
    }
  }
}

function key(kind: string, namespace: string | undefined, name: string): string {
  return `${kind}/${namespace ?? DEFAULT_NAMESPACE}/${name}`;
}

/** What {@linkcode checkObjects} made of the objects of files. */
export interface CheckedObjects {
  objects: ObjectSet;
  problems: SourceProblem[];
  /** Unknown fields, which are dropped as the API server drops them. */
  warnings: SourceProblem[];
  /** Objects of other groups, which are passed over, e.g. `Deployment "demo/web"`. */
  foreign: string[];
}

/** Checks objects by the schemas of their kinds. */
export function checkObjects(sources: readonly SourceObject[]): CheckedObjects {
  const checked: CheckedObjects = {
    objects: new ObjectSet(),
    problems: [],
    warnings: [],
    foreign: [],
  };
  for (const source of sources) {
    const result = parseObject(source.value);
    const { kind, name = "" } = objectIdentity(source.value) ?? {};
    // What has no name, or no apiVersion, has no identity, and may say of what kind it is.
    const called = kind === undefined ? kindOf(source.value) : `${kind} "${name}"`;
    const place = ({ path, message }: { path: (string | number)[]; message: string }) => ({
      file: source.file,
      ...source.locate(path),
      message: `${called}: ${showPath(path)}: ${message}`,
    });
    if (result.outcome === "foreign") {
      checked.foreign.push(`${result.kind} "${name}"`);
      continue;
    }
    checked.warnings.push(...result.warnings.map(place));
    if (result.outcome === "parsed") checked.objects.add(result.object, source);
    else checked.problems.push(...result.problems.map(place));
  }
  return checked;
}

function kindOf(value: unknown): string {
  const { kind } = Object(value);
  return typeof kind === "string" && /^\w{1,63}$/.test(kind) ? kind : "object";
}
