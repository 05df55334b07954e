import assert from "assert";
import { checkBlock } from "./check_block.ts";
import { checkMention } from "./check_mention.ts";
import { doInstead } from "./do_instead.ts";
import { type Block, indentedCode, mentions, pageBlocks } from "./page_blocks.ts";
import { lookUp, type PageTable, type Treatment } from "./page_table.ts";
import { type Reader, readerOf } from "./reader.ts";
import { shellCommands } from "./shell_commands.ts";
import type { World } from "./world.ts";

/** The languages of blocks that a shell reads. */
const SHELL = ["sh", "bash", "shell", "console"];

/** What a mention in the running text begins with, if it is a command. */
const PROGRAMS = [
  ...["cosign", "curl", "deno", "docker", "flux", "genkitd", "gh", "git", "helm", "kubectl"],
  ...["npx", "oras", "sudo"],
];

/** The name of another program's subcommand, such as `cosign sign`: no command yet. */
const SUBCOMMAND = /^(?!genkitd )[a-z]+ [a-z-]+$/;

/** One thing that a page has for its reader, in the page's order. */
interface Item {
  line: number;
  text: string;
  /** Undefined for a command; `mention` says that it stands in the running text. */
  block?: Block;
  mention?: boolean;
}

/**
 * Follows a page from top to bottom, a step for each command and block. What the table has no entry
 * for is run as printed, and must end well; an entry that nothing on the page begins with fails.
 */
export async function followPage(
  t: Deno.TestContext,
  world: World,
  { page, commands = {}, blocks = {} }: PageTable,
): Promise<void> {
  const markdown = await Deno.readTextFile(`${world.checkout}/${page}`);
  const used = new Set<string>();
  const treatments = Object.fromEntries(
    Object.entries(commands).map(([key, one]) => [key, Array.isArray(one) ? [...one] : one]),
  );
  await using reader = await readerOf(world);
  for (const item of await itemsOf(markdown)) {
    const { line, text, block, mention } = item;
    if (reader.terminal.closed) throw new Error(`${page}: nothing from line ${line} on was run`);
    await t.step(`${page}:${line} ${text.split("\n")[0]}`, async () => {
      if (block) {
        await checkBlock(block, lookUp(blocks, text, used), reader);
        return;
      }
      const found = lookUp(treatments, text, used);
      const treatment = Array.isArray(found) ? found.shift() : found;
      assert.ok(treatment || !found, "the table has an entry for each that begins so");
      if (mention && !treatment && /^genkitd\b/.test(text)) await checkMention(text, reader);
      else await runCommand(text, treatment ?? {}, reader, markdown);
    });
  }
  await t.step(`${page}: no code is indented in place of fenced`, () => {
    assert.deepEqual(indentedCode(markdown), []);
  });
  await t.step(`${page}: every entry of the table is of something on the page`, () => {
    const all = [...Object.entries(treatments), ...Object.entries(blocks)];
    const left = all.filter(([key, found]) =>
      !used.has(key) || Array.isArray(found) && found.length > 0
    );
    assert.deepEqual(left.map(([key]) => key), []);
  });
}

async function itemsOf(markdown: string): Promise<Item[]> {
  const items: Item[] = mentions(markdown, PROGRAMS).filter(({ text }) => !SUBCOMMAND.test(text))
    .map((one) => ({ ...one, mention: true }));
  for (const block of pageBlocks(markdown)) {
    const { line, text } = block;
    if (!SHELL.includes(block.language)) items.push({ line, text, block });
    else items.push(...await shellCommands(text, line + 1));
  }
  return items.sort((a, b) => a.line - b.line);
}

async function runCommand(
  printed: string,
  treatment: Treatment,
  reader: Reader,
  markdown: string,
): Promise<void> {
  const { before, put = {}, until, prints = [], says, exits = 0, after, instead } = treatment;
  if (instead) {
    assert.ok(instead.run || instead.see, "something is done in its place");
    return await doInstead(instead, reader);
  }
  await before?.(reader);
  const command = Object.entries(put).reduce(
    (text, [from, to]) => {
      assert.ok(text.includes(from), `"${from}" stands in ${text}`);
      return text.replaceAll(from, () => to);
    },
    printed,
  );
  if (until) {
    await reader.start(command, until);
  } else {
    const { code, output } = await reader.terminal.run(command);
    assert.equal(code, exits, `It ended with ${code}:\n${output}`);
    for (const text of [prints].flat()) {
      const words = pattern(text);
      assert.match(markdown, words, "the page says so");
      assert.match(output, words);
    }
    if (says) assert.match(output, says);
  }
  await after?.(reader);
}

/** What `text` matches, however its words are broken into lines; `…` stands for anything. */
function pattern(text: string): RegExp {
  const words = text.split(/\s+/)
    .map((word) => word.split("…").map((part) => RegExp.escape(part)).join(".*?"));
  return new RegExp(words.join("\\s+"));
}
