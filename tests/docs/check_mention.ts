import assert from "assert";
import type { Reader } from "./reader.ts";

/** What `--help` of each subcommand says, by its name; empty where there is no such one. */
const help = new Map<string, string>();

/**
 * Checks a mention of genkitd in the running text, such as `genkitd lint PATH… --strict`, which is
 * seldom a whole command: the subcommand is there, and has the flags.
 */
export async function checkMention(text: string, reader: Reader): Promise<void> {
  const [, word = ""] = text.split(" ");
  const name = word.startsWith("-") ? "" : word;
  const command = `${reader.world.genkitd} ${name && `'${name}'`} --help`;
  const known = help.get(name) ?? (await reader.terminal.run(command)).output;
  help.set(name, known);
  assert.match(known, new RegExp(`^Usage: genkitd ${RegExp.escape(name)}`), known);
  for (const [flag] of text.split(" -- ")[0]!.matchAll(/--[a-z][a-z-]*/g)) {
    assert.ok(known.includes(flag), `genkitd ${name} has ${flag}`);
  }
}
