import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type YAMLMap,
} from "yaml";

/** Keys and indexes from the document's root. */
type Path = readonly (string | number)[];

/**
 * Gives the offset of what `path` leads to in a document, or of the deepest node on the way that
 * exists: a scalar's own place, otherwise that of its key, or of its list item. Aliases and merge
 * keys are followed.
 */
export function locate(document: Document, path: Path): number {
  return find(document, path).offset;
}

/**
 * Gives the offset of a line, from 1, of the text that `path` leads to, where it begins to differ
 * from blank. The lines of a literal block (`|`) are the text's own; of other texts the line's first
 * word is looked for, and what stands there escaped is not found. Undefined where there is no such.
 *
 * @param source What the document was parsed from.
 */
export function locateLine(
  document: Document,
  source: string,
  path: Path,
  line: number,
): number | undefined {
  const { node } = find(document, path);
  if (!isScalar(node) || !node.range) return undefined;
  const [start, end] = node.range;
  if (node.type !== "BLOCK_LITERAL") {
    return locateWord(String(node.value), line, source, start, end);
  }
  // The block's first line is the one after its header.
  let offset = start;
  for (let i = 0; i < line; i++) {
    offset = source.indexOf("\n", offset) + 1;
    if (offset === 0 || offset >= end) return undefined;
  }
  return offset + /^ */.exec(source.slice(offset))![0].length;
}

/** How far apart two words may stand: blank lines and indents, or a word that is not found. */
const GAP = 1000;

/** The words of a folded or quoted text stand in its source in their order. */
function locateWord(
  value: string,
  line: number,
  source: string,
  start: number,
  end: number,
): number | undefined {
  const text = source.slice(0, end);
  let offset = start;
  for (const [index, words] of value.split("\n").slice(0, line).entries()) {
    for (const word of words.split(/\s+/).filter((word) => word !== "")) {
      const found = text.slice(0, offset + word.length + GAP).indexOf(word, offset);
      if (found < 0) continue;
      if (index === line - 1) return found;
      offset = found + word.length;
    }
  }
  return undefined;
}

function find(document: Document, path: Path): { node: unknown; offset: number } {
  let node: unknown = document.contents;
  let offset = start(node) ?? 0;
  for (const step of path) {
    const target: unknown = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(target)) {
      if (typeof step !== "number" || step >= target.items.length) break;
      node = target.items[step];
      offset = start(node) ?? offset;
    } else if (isMap(target)) {
      const pair = findPair(target, String(step), document);
      if (pair === undefined) break;
      node = pair.value;
      const empty = isScalar(node) && node.source === "";
      const own = isCollection(node) || empty ? pair.key : node;
      offset = start(own) ?? start(pair.key) ?? offset;
    } else {
      break;
    }
  }
  return { node, offset };
}

function start(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

function findPair(map: YAMLMap, key: string, document: Document): YAMLMap["items"][0] | undefined {
  const keyOf = (pair: YAMLMap["items"][0]) => isScalar(pair.key) ? String(pair.key.value) : "";
  const own = map.items.find((pair) => keyOf(pair) === key);
  if (own !== undefined) return own;
  for (const pair of map.items) {
    if (!isScalar(pair.key) || pair.key.source !== "<<") continue;
    for (const source of isSeq(pair.value) ? pair.value.items : [pair.value]) {
      const merged = isAlias(source) ? source.resolve(document) : source;
      const found = isMap(merged) ? findPair(merged, key, document) : undefined;
      if (found !== undefined) return found;
    }
  }
}
