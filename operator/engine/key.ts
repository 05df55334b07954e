/** An object that is reconciled, by kind, namespace and name. */
export interface Key {
  kind: string;
  namespace: string;
  name: string;
}

/** A key as text, `Kind/namespace/name`. */
export function keyText({ kind, namespace, name }: Key): string {
  return `${kind}/${namespace}/${name}`;
}

/** Reads what {@linkcode keyText} wrote. */
export function parseKey(text: string): Key {
  const [kind = "", namespace = "", name = ""] = text.split("/");
  return { kind, namespace, name };
}
