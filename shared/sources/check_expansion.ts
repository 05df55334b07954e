import { isAlias, isCollection, isPair, isScalar, type Node, type Pair } from "yaml";

/** The most that a document may hold with its aliases expanded, in characters and nodes. */
const MAX_SIZE = 32 * 1024 * 1024;
/** The deepest nesting with aliases expanded; what reads objects later is recursive too. */
const MAX_DEPTH = 500;

/** What is wrong with a node, and where it is in the document's text. */
export interface ExpansionProblem {
  offset: number;
  message: string;
}

interface Extent {
  size: number;
  depth: number;
}

const NOTHING: Extent = { size: 0, depth: 0 };

/**
 * Finds what first keeps a document from becoming plain data of reasonable size: an alias that has
 * no anchor before it, or lies inside its own; more than 32 MiB, or 500 levels, once each alias is
 * replaced by what it stands for.
 */
export function checkExpansion(root: Node | null): ExpansionProblem | undefined {
  const anchors = new Map<string, Extent | "open">();
  let problem: ExpansionProblem | undefined;

  const refuse = (node: Node, message: string) => {
    problem ??= { offset: node.range?.[0] ?? 0, message };
    return NOTHING;
  };
  const measure = (node: unknown): Extent => {
    if (problem !== undefined) return NOTHING;
    if (isPair(node)) return measureAll([(node as Pair).key, (node as Pair).value]);
    if (isAlias(node)) {
      const extent = anchors.get(node.source) ?? "missing";
      if (extent === "missing") {
        return refuse(node, `alias "*${node.source}" has no anchor before it`);
      }
      if (extent === "open") {
        return refuse(node, `alias "*${node.source}" is inside its own anchor`);
      }
      return extent;
    }
    if (isScalar(node)) return keep(node, { size: 1 + String(node.value).length, depth: 0 });
    if (!isCollection(node)) return NOTHING;
    if (node.anchor) anchors.set(node.anchor, "open");
    const { size, depth } = measureAll(node.items);
    return keep(node, { size, depth: depth + 1 });
  };
  const measureAll = (nodes: readonly unknown[]) => {
    const all = { size: 1, depth: 0 };
    for (const node of nodes) {
      const { size, depth } = measure(node);
      all.size += size;
      all.depth = Math.max(all.depth, depth);
    }
    return all;
  };
  const keep = (node: Node & { anchor?: string }, extent: Extent) => {
    if (node.anchor) anchors.set(node.anchor, extent);
    if (extent.size > MAX_SIZE) return refuse(node, "its aliases expand to more than 32 MiB");
    if (extent.depth > MAX_DEPTH) return refuse(node, `nested more than ${MAX_DEPTH} levels deep`);
    return extent;
  };

  measure(root);
  return problem;
}
