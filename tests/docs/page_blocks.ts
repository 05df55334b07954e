/** A fenced block of a Markdown page, such as the lines between ` ```sh ` and ` ``` `. */
export interface Block {
  /** The line of its opening fence, from 1. */
  line: number;
  /** The word after the fence, such as `sh`; empty where there is none. */
  language: string;
  /** What is between the fences, without the indentation of the opening one. */
  text: string;
}

/** A command in the running text, such as `` `git checkout examples` ``. */
export interface Mention {
  /** The line that it begins at, from 1. */
  line: number;
  text: string;
}

/** A fence of CommonMark: three backticks or more, indented or not. */
const FENCE = /^( *)(`{3,})([^`]*)$/;

/**
 * Gives the fenced blocks of a page in their order.
 *
 * @throws {Error} where a fence is not closed, with its line.
 */
export function pageBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { line: number; indent: string; fence: string; language: string } | undefined;
  let lines: string[] = [];
  for (const [index, line] of markdown.split("\n").entries()) {
    const [, indent = "", fence = "", info = ""] = FENCE.exec(line) ?? [];
    if (open === undefined) {
      if (fence === "") continue;
      open = { line: index + 1, indent, fence, language: info.trim().split(/\s/)[0]! };
      lines = [];
    } else if (fence.length >= open.fence.length && info.trim() === "") {
      blocks.push({ line: open.line, language: open.language, text: lines.join("\n") });
      open = undefined;
    } else {
      lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line);
    }
  }
  if (open) throw new Error(`Cannot read the page: the fence at line ${open.line} is not closed`);
  return blocks;
}

/** Gives the code in the running text that begins with one of the programs, spaces made one. */
export function mentions(markdown: string, programs: readonly string[]): Mention[] {
  const prose = blankBlocks(markdown);
  return [...prose.matchAll(/(?<!`)`([^`]+)`(?!`)/g)]
    .map(({ index, 1: code }) => ({
      line: prose.slice(0, index).split("\n").length,
      text: code!.replaceAll(/\s+/g, " "),
    }))
    .filter(({ text }) => programs.some((program) => text.startsWith(`${program} `)));
}

/** Gives the first lines of code that is indented by four spaces: nothing says its language. */
export function indentedCode(markdown: string): string[] {
  return [...blankBlocks(markdown).matchAll(/(?<=\n\n) {4,}\S.*/g)].map(([line]) => line.trim());
}

/** The page with the lines of its fenced blocks and comments made empty. */
function blankBlocks(markdown: string): string {
  const lines = markdown.split("\n");
  for (const { line, text } of pageBlocks(markdown)) {
    lines.fill("", line - 1, line + text.split("\n").length + 1);
  }
  return lines.join("\n").replaceAll(/<!--[^]*?-->/g, (text) => text.replaceAll(/[^\n]/g, ""));
}
