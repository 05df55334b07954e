import { isMap, isScalar, type Node, parseDocument, stringify, type YAMLMap } from "yaml";

/** A value of a chart. */
export interface ChartValue {
  /** Such as `image.tag`. */
  name: string;
  /** What it is by default, as YAML in one line. */
  value: string;
  /** The comment that it has in values.yaml, in one line. */
  comment: string;
}

/**
 * Reads a values.yaml: each value that has a comment, in order. What is inside a value without
 * comments of its own, such as `resources`, belongs to it.
 *
 * @throws {Error} naming a value that has no comment.
 */
export function chartValues(text: string): ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error("Cannot read the values: they are no map");
  return [...valuesOf(contents, "")];
}

function* valuesOf(map: YAMLMap, path: string): Generator<ChartValue> {
  for (const [index, { key, value }] of map.items.entries()) {
    const node = key as Node;
    const name = path + String(isScalar(key) ? key.value : key);
    // The parser gives the comment before a map's first key to the map.
    const comment = oneLine(node.commentBefore ?? (index === 0 ? map.commentBefore : undefined));
    if (isMap(value) && hasComments(value)) {
      yield* valuesOf(value, `${name}.`);
      continue;
    }
    if (comment === "") throw new Error(`The value "${name}" has no comment`);
    yield { name, value: flow(value as Node), comment };
  }
}

function hasComments(map: YAMLMap): boolean {
  return map.commentBefore !== undefined && map.commentBefore !== null ||
    map.items.some(({ key }) => (key as Node).commentBefore);
}

function oneLine(comment: string | null | undefined): string {
  return (comment ?? "").split("\n").map((line) => line.trim()).join(" ").trim();
}

function flow(node: Node): string {
  const options = { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: false } as const;
  return stringify(node, options).trim();
}
