import { parseDocument } from "yaml";

/** The two halves of a Dotprompt source. */
export interface PromptSource {
  /** The frontmatter's values; empty where the source has none. */
  frontmatter: Record<string, unknown>;
  template: string;
  /** The line of the source (from 1) on which the template starts. */
  templateLine: number;
}

/** A prompt that cannot be used; the message names the line and quotes no prompt text. */
export class PromptError extends Error {
  override name = "PromptError";
  constructor(message: string, readonly line?: number) {
    super(line === undefined ? message : `line ${line}: ${message}`);
  }
}

/** Frontmatter between two `---` lines, as Dotprompt 1.1 splits it, and an empty one as well. */
const FRONTMATTER = /^---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/;

/**
 * Splits a Dotprompt source and parses its frontmatter.
 *
 * Dotprompt itself takes the whole source as the template where the frontmatter is not valid, and
 * prints it; here that is an error, as is a first `---` without a second.
 *
 * @throws {PromptError} where the frontmatter is not closed, not YAML or not a mapping, or where
 * there is no template.
 */
export function parsePromptSource(source: string): PromptSource {
  const text = source.replace(/^\uFEFF/, "");
  const match = FRONTMATTER.exec(text);
  if (match === null && /^\s*---[ \t]*\r?\n/.test(text)) {
    throw new PromptError(
      text.startsWith("---")
        ? 'the frontmatter is not closed: a second line "---" is missing'
        : 'the frontmatter must start on the first line, and blank space stands before its "---"',
      1,
    );
  }
  const [head, yaml = ""] = match ?? [""];
  const template = text.slice(head.length);
  if (template.trim() === "") throw new PromptError("the template is empty");
  return {
    frontmatter: parseFrontmatter(yaml),
    template,
    templateLine: lines(head) + 1,
  };
}

function parseFrontmatter(yaml: string): Record<string, unknown> {
  const document = parseDocument(yaml, { prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const line = lines(yaml.slice(0, error.pos[0])) + 2;
    throw new PromptError(`the frontmatter is not valid YAML: ${fault(error)}`, line);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    throw new PromptError(`the frontmatter is not valid YAML: ${fault(error as Error)}`, 2);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new PromptError("the frontmatter must be a mapping of names to values", 2);
  }
  return { ...value };
}

/** The message of the YAML parser without the text of the source, which it quotes after a colon. */
function fault({ message }: Error): string {
  return message.replace(/: .*$/s, "");
}

function lines(text: string): number {
  return text.split("\n").length - 1;
}

/** What Genkit reads at the top level of the frontmatter (Dotprompt's reserved keywords). */
const TOP_LEVEL = new Set([
  "config",
  "description",
  "ext",
  "input",
  "maxTurns",
  "metadata",
  "model",
  "name",
  "output",
  "raw",
  "returnToolRequests",
  "toolChoice",
  "toolDefs",
  "tools",
  "use",
  "variant",
  "version",
]);

/**
 * Gives the frontmatter's keys that Genkit would silently ignore, such as a `temperature` that
 * stands beside `config` and not in it. Keys with a dot are Dotprompt's extension namespaces.
 */
export function ignoredSettings(frontmatter: Record<string, unknown>): string[] {
  return Object.keys(frontmatter).filter((key) => !TOP_LEVEL.has(key) && !key.includes("."));
}
