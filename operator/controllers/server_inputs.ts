import type { CustomObject } from "../../shared/api/kinds.ts";
import type { Found, Lookup, Referable } from "../../shared/flows/lookup.ts";

/** An object that a server's content comes from. */
export interface Input {
  kind: string;
  name: string;
  /** The first 12 hex digits of the SHA-256 of its spec. */
  hash: string;
}

/** A lookup that remembers what it found. */
export class RecordingLookup implements Lookup {
  readonly found = new Map<string, CustomObject>();

  constructor(private readonly inner: Lookup) {}

  find<K extends keyof Referable>(kind: K, namespace: string, name: string): Found<Referable[K]> {
    const result = this.inner.find(kind, namespace, name);
    if (result.outcome === "found") this.found.set(`${kind}/${name}`, result.object);
    return result;
  }

  names(kind: keyof Referable, namespace: string): Iterable<string> {
    return this.inner.names(kind, namespace);
  }
}

/** Gives the inputs of a server, sorted by kind and name. */
export async function serverInputs(objects: Iterable<CustomObject>): Promise<Input[]> {
  const inputs = await Promise.all([...objects].map(async (object) => ({
    kind: object.kind,
    name: object.metadata.name,
    hash: await specHash(object),
  })));
  return inputs.sort((a, b) => inputText(a) < inputText(b) ? -1 : 1);
}

/** The inputs that are new or changed, or are there no more. */
export function changedInputs(before: readonly Input[], now: readonly Input[]): Input[] {
  const same = (a: Input, b: Input) => a.kind === b.kind && a.name === b.name;
  const changed = now.filter((input) =>
    before.find((old) => same(old, input))?.hash !== input.hash
  );
  return [...changed, ...before.filter((old) => !now.some((input) => same(old, input)))];
}

function inputText({ kind, name }: Input): string {
  return `${kind}/${name}`;
}

const hashes = new WeakMap<CustomObject, Promise<string>>();

/** Objects are never changed in place, so that each is hashed once for all of its servers. */
function specHash(object: CustomObject): Promise<string> {
  let hash = hashes.get(object);
  if (hash === undefined) {
    hash = shortHash(JSON.stringify(object.spec));
    hashes.set(object, hash);
  }
  return hash;
}

/** The first 12 hex digits of a text's SHA-256. */
export async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 12);
}
