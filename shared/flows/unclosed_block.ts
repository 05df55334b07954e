/** A block that a template opens and does not close. */
export interface UnclosedBlock {
  /** Such as `if`. */
  name: string;
  /** The line of the template that opens it, from 1. */
  line: number;
}

/**
 * What counts, after what hides it: an escaped "{{", comments, raw blocks. `{{^}}` is an else, and
 * `{{^name}}` opens a block.
 */
const TAGS = new RegExp(
  [
    /(?<!\\)\\\{\{/,
    /\{\{~?!--[\s\S]*?--~?\}\}/,
    /\{\{~?![\s\S]*?\}\}/,
    /\{\{\{\{\s*(?<raw>[^\s/}]+)[\s\S]*?\{\{\{\{\/\k<raw>\}\}\}\}/,
    /\{\{~?(?:#[*>]?|\^)\s*(?<opened>[^\s}~]+)/,
    /\{\{~?\/\s*(?<closed>[^\s}~]+)/,
  ].map(({ source }) => source).join("|"),
  "g",
);

/**
 * Finds the innermost block that is open at the end of a template; its parser tells only where the
 * text ends. Undefined where each is closed.
 */
export function unclosedBlock(template: string): UnclosedBlock | undefined {
  const open: { name: string; index: number }[] = [];
  for (const { index, groups: { opened, closed } = {} } of template.matchAll(TAGS)) {
    if (opened !== undefined) open.push({ name: opened, index });
    else if (closed !== undefined && open.at(-1)?.name === closed) open.pop();
  }
  const last = open.at(-1);
  return last && { name: last.name, line: template.slice(0, last.index).split("\n").length };
}
