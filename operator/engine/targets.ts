/** What can be read, as the text that {@linkcode Edges} keeps. */
export const targets = {
  /** One object of a watched resource. */
  object: (kind: string, namespace: string | undefined, name: string): string =>
    `object ${kind}/${namespace ?? ""}/${name}`,
  /** All objects of a watched resource in a namespace that carry a label's value. */
  labelled: (kind: string, namespace: string, label: string, value: string): string =>
    `label ${kind}/${namespace}/${label}=${value}`,
  /** All objects of a watched resource in a namespace. */
  namespace: (kind: string, namespace: string): string => `namespace ${kind}/${namespace}`,
  /** A Secret or ConfigMap of a stranger. */
  data: (kind: string, namespace: string, name: string): string =>
    `data ${kind}/${namespace}/${name}`,
};

/** Gives the Secret or ConfigMap that a target is; undefined where it is something else. */
export function dataOf(
  target: string,
): { kind: string; namespace: string; name: string } | undefined {
  const [, kind, namespace, name] = /^data ([^/]*)\/([^/]*)\/(.*)$/.exec(target) ?? [];
  return kind === undefined ? undefined : { kind, namespace: namespace!, name: name! };
}
