/** One document of a YAML file. */
export interface DocumentText {
  text: string;
  /** The line of the file at which it starts, counted from 1. */
  line: number;
}

/**
 * Cuts a YAML file into its documents, before each line that starts with `---`. Such a line is
 * never part of a document, whatever stands before it; so an unclosed quote or bracket in one
 * document, which would swallow the rest of the file, leaves the others readable. What stands before
 * the first `---`, such as `%YAML 1.1`, is a document too; so directives have no effect. A byte order
 * mark may go before each document (YAML 1.2.2, 5.2), as in files that were put one after the other.
 */
export function splitDocuments(text: string): DocumentText[] {
  const documents: DocumentText[] = [];
  let line = 1;
  for (const part of text.replaceAll("\n\uFEFF", "\n").split(/(?<=^|\n)(?=---(?:\s|$))/)) {
    documents.push({ text: part, line });
    line += part.split("\n").length - 1;
  }
  return documents;
}
