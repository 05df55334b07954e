import { mayBeSecret } from "./secret_text.ts";
import type { SourceProblem } from "./source_problem.ts";
import { type DocumentText, splitDocuments } from "./split_documents.ts";

/** How much of a long line is shown, in characters. */
const WIDTH = 80;

/**
 * Puts a problem as `flows.yaml:12:5: message`. With the text of the file, two lines follow that
 * show the place, unless the document may be a Secret.
 */
export function formatProblem(problem: SourceProblem, text?: string): string {
  const { file, line, column, message } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const excerpt = text === undefined ? "" : excerptOf(problem, text);
  return printable(`${place}: ${message}`) + excerpt;
}

function excerptOf({ line, column = 1 }: SourceProblem, text: string): string {
  if (line === undefined) return "";
  const { documents, lines } = cut(text);
  const document = documents.findLast((document) => document.line <= line);
  if (document === undefined || mayBeSecret(document.text)) return "";
  const shown = lines[line - 1] ?? "";
  const from = Math.max(0, column - WIDTH / 2);
  const number = String(line).padStart(5);
  const code = printable(shown.slice(from, from + WIDTH));
  return `\n${number} | ${code.trimEnd()}\n${" ".repeat(5)} | ${" ".repeat(column - 1 - from)}^`;
}

/** The file that was looked at last: a file of thousands of problems is cut once. */
let last: { text: string; documents: DocumentText[]; lines: string[] } | undefined;

function cut(text: string): { documents: DocumentText[]; lines: string[] } {
  if (last?.text !== text) {
    last = { text, documents: splitDocuments(text), lines: text.split("\n") };
  }
  return last;
}

/** Files are other people's: their control characters must not reach a terminal. */
function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}
