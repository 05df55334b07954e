import { type Document, LineCounter, parseDocument as parseYaml, type YAMLParseError } from "yaml";
import { checkExpansion } from "./check_expansion.ts";
import { locate, locateLine } from "./locate.ts";
import { mayBeSecret } from "./secret_text.ts";
import type { DocumentText } from "./split_documents.ts";

/** A place in a file; both are counted from 1, columns in UTF-16 code units. */
export interface Place {
  line: number;
  column: number;
}

const TOO_DEEP = "nested too deeply to be read";

/** A YAML document as plain data, or the first thing that is wrong with it. */
export type ParsedDocument =
  | { value: unknown; locate(path: readonly (string | number)[], textLine?: number): Place }
  | { problem: Place & { message: string } };

/**
 * Parses a document as YAML 1.2 (core schema, and merge keys), which JSON is part of. Duplicate
 * keys, unknown tags and aliases that expand without bound are problems. The messages for a Secret
 * quote nothing of it.
 *
 * @param options `secret`: whether it may be a Secret; by default what its text looks like. `"values"`:
 *   what is wrong is told, without the text that is.
 */
export function parseDocument(
  { text, line }: DocumentText,
  { secret = mayBeSecret(text) }: { secret?: boolean | "values" } = {},
): ParsedDocument {
  const lineCounter = new LineCounter();
  const place = (offset: number): Place => {
    const at = lineCounter.linePos(offset);
    return { line: Math.max(1, at.line) + line - 1, column: Math.max(1, at.col) };
  };
  const refuse = (offset: number, message: string) => ({
    problem: {
      ...place(offset),
      message: secret === true ? "not valid YAML (what may be a Secret is not quoted)" : message,
    },
  });
  const quotes = secret !== "values";
  try {
    const document: Document = parseYaml(text, {
      lineCounter,
      merge: true,
      prettyErrors: false,
      logLevel: "error",
    });
    const error = document.errors[0] ?? document.warnings[0];
    if (error !== undefined) {
      return refuse(error.pos[0], describe(error as YAMLParseError, text, quotes));
    }
    const excess = checkExpansion(document.contents);
    if (excess !== undefined) {
      return refuse(excess.offset, quotes ? excess.message : unquoted(excess.message));
    }
    return {
      value: document.toJS({ maxAliasCount: -1 }),
      locate(path, textLine) {
        const inText = textLine === undefined
          ? undefined
          : locateLine(document, text, path, textLine);
        return place(inText ?? locate(document, path));
      },
    };
  } catch (error) {
    if (error instanceof RangeError) return refuse(0, TOO_DEEP);
    throw error;
  }
}

/** The parser's message, in clearer words for the slips that people make most. */
function describe(
  { code, message, pos }: YAMLParseError,
  text: string,
  quotes: boolean,
): string {
  switch (code as string) {
    case "DUPLICATE_KEY": {
      const key = /^(["']?)(.*?)\1\s*:/.exec(text.slice(pos[0], pos[0] + 256))?.[2] ?? "?";
      return `key "${key}" is already set in this map`;
    }
    case "TAB_AS_INDENT":
      return "a tab is used to indent; it should be spaces";
    case "MISSING_CHAR":
      return /quote/.test(message) ? "a quote is not closed" : message;
    case "BLOCK_AS_IMPLICIT_KEY":
      return 'a value that holds ": " should be quoted, or its key be indented as its neighbours';
    case "MULTIPLE_DOCS":
      return 'a second document begins here; it should be set off by "---"';
    default:
      if (/call stack/.test(message)) return TOO_DEEP;
      return quotes ? message : unquoted(message);
  }
}

/** A message of the parser without what it quotes: `Unresolved tag: !x`, `alias "*x" has no anchor`. */
function unquoted(message: string): string {
  return message.replace(/: [^]*$/, "").replace(/ "[^]*"/, "");
}
