import { LineCounter, parseDocument } from "yaml";
import { locate } from "../sources/locate.ts";

/**
 * Gives the line of a Dotprompt source, from 1, on which a value of its frontmatter stands, or what
 * is nearest to it on the way there; undefined for a source without frontmatter.
 */
export function frontmatterLine(
  source: string,
  path: readonly (string | number)[],
): number | undefined {
  const yaml = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---/.exec(source)?.[1];
  if (yaml === undefined) return undefined;
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  return Math.max(1, lineCounter.linePos(locate(document, path)).line) + 1;
}
