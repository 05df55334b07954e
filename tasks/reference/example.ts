import { join } from "node:path";
import { parse } from "yaml";

/** The folder of the examples, which a test lints, relative to the repository's root. */
export const EXAMPLES = "docs/reference/examples";

/**
 * Gives the documents of one kind in a file of examples, as they are written there.
 *
 * @throws {Error} where there is none.
 */
export function exampleOf(file: string, kind: string): string {
  const path = join(import.meta.dirname!, "../..", EXAMPLES, file);
  const documents = Deno.readTextFileSync(path).split(/^---\n/m);
  const found = documents.filter((text) => (parse(text) as { kind: string }).kind === kind);
  if (found.length === 0) throw new Error(`${EXAMPLES}/${file} has no ${kind}`);
  return found.map((text) => text.replace(/^(#.*\n)+/, "").trim()).join("\n---\n");
}
