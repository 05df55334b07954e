import type { KnownObject } from "../api/kinds.ts";
import type { Problem } from "../api/problem.ts";
import { parseObject } from "../api/parse_object.ts";
import type { Found, Lookup, Referable } from "../flows/lookup.ts";
import type { ObjectSet } from "../flows/object_set.ts";
import { DEFAULT_NAMESPACE } from "../flows/resolve.ts";
import { objectIdentity } from "../sources/object_identity.ts";
import type { SourceObject } from "../sources/read_objects.ts";

/** An object that does not fit its kind. */
export interface InvalidObject {
  kind: string;
  namespace: string;
  name: string;
  problems: readonly Problem[];
}

/**
 * What is looked at together. A reference to an object that is there and does not fit its kind leads
 * to what is wrong with it, not into the void.
 */
export class LintScope implements Lookup {
  readonly all: readonly KnownObject[];

  constructor(readonly set: ObjectSet, readonly invalid: readonly InvalidObject[]) {
    this.all = set.all;
  }

  find<K extends keyof Referable>(kind: K, namespace: string, name: string): Found<Referable[K]> {
    const found = this.set.find(kind, namespace, name);
    if (found.outcome !== "missing") return found;
    const invalid = this.invalidObject(kind, namespace, name);
    return invalid === undefined ? found : { outcome: "invalid", problems: invalid.problems };
  }

  /** Gives an object that does not fit its kind. */
  invalidObject(kind: string, namespace: string, name: string): InvalidObject | undefined {
    return this.invalid.find((object) =>
      object.kind === kind && object.namespace === namespace && object.name === name
    );
  }

  names(kind: string, namespace: string): string[] {
    return [...this.of(kind, namespace), ...this.invalid]
      .filter((object) =>
        !("problems" in object) || object.kind === kind && object.namespace === namespace
      )
      .map((object) => "problems" in object ? object.name : object.metadata.name);
  }

  /** The valid objects of a kind in a namespace. */
  of(kind: string, namespace: string): KnownObject[] {
    return this.all.filter((object) => object.kind === kind && namespaceOf(object) === namespace);
  }
}

/** The namespace of an object, `default` where it names none. */
export function namespaceOf({ metadata: { namespace } }: Pick<KnownObject, "metadata">): string {
  return namespace ?? DEFAULT_NAMESPACE;
}

/** Finds the objects that do not fit their kinds. */
export function invalidObjects(sources: readonly SourceObject[]): InvalidObject[] {
  return sources.flatMap(({ value }) => {
    const result = parseObject(value);
    const identity = objectIdentity(value);
    if (result.outcome !== "invalid" || identity === undefined) return [];
    const { kind, namespace, name } = identity;
    return [{ kind, namespace, name, problems: result.problems }];
  });
}
