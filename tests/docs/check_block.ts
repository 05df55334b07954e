import assert from "assert";
import { parseAllDocuments } from "yaml";
import { parseServeConfig } from "../../runner/config/parse_serve_config.ts";
import type { Block } from "./page_blocks.ts";
import { doInstead } from "./do_instead.ts";
import type { BlockTreatment } from "./page_table.ts";
import type { Reader } from "./reader.ts";

/** A first line that is the name of the file which the block is. */
const FILE_NAME = /^# ([\w./-]+\.(?:ya?ml|json|prompt))$/m;

/** What `lint` finds in a part of a whole, and is no mistake there. */
const OF_PARTS = ["missing-reference", "missing-resource", "unused-object", "no-model"];

/**
 * Checks a block that is no shell's, as its reader would use it, unless the table says how. One whose
 * first line is the name of a file is that file from then on.
 *
 * @throws {Error} where nothing is known of its language or kind: such a block needs an entry.
 */
export async function checkBlock(
  { language, text }: Block,
  { use, shows, within, instead }: BlockTreatment = {},
  reader: Reader,
): Promise<void> {
  if (instead) return await doInstead(instead, reader);
  if (shows) return;
  if (use) return await use(text, reader);
  const [, name] = FILE_NAME.exec(text.split("\n")[0]!) ?? [];
  if (name) await Deno.writeTextFile(`${await folder(reader)}/${name}`, `${text}\n`);
  const whole = within === undefined ? text : fill(within, text);
  if (language === "yaml") return await checkYaml(whole, reader);
  if (language === "json") return void JSON.parse(whole);
  if (language === "ts") return await checkTypeScript(whole, reader);
  throw new Error(`Nothing is known of a block of "${language}": it needs an entry in the table`);
}

/** Puts the block where `%` stands, at its indentation. */
function fill(within: string, text: string): string {
  return within.replace(/^( *)%$/m, (_, indent: string) => text.replaceAll(/^/gm, indent));
}

async function folder(reader: Reader): Promise<string> {
  return (await reader.terminal.run("pwd")).output.trim();
}

async function checkYaml(text: string, reader: Reader): Promise<void> {
  const documents = parseAllDocuments(text);
  for (const { errors } of documents) assert.deepEqual(errors.map(({ message }) => message), []);
  const objects: { apiVersion?: string; kind?: string }[] = documents.map((one) => one.toJS());
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    if (objects.every(({ kind }) => kind === undefined)) {
      parseServeConfig({ file: { path: file, text }, environment: {} });
      return;
    }
    const disabled = OF_PARTS.map((rule) => `--disable ${rule}`).join(" ");
    if (objects.some(({ apiVersion }) => apiVersion?.startsWith("genkit.dev/"))) {
      await succeeds(`${reader.world.genkitd} lint '${file}' ${disabled}`, reader);
    }
    if (reader.world.controlPlane) {
      await succeeds(`kubectl create --dry-run=server --validate=strict -f '${file}'`, reader);
    }
  } finally {
    await Deno.remove(file);
  }
}

async function checkTypeScript(text: string, reader: Reader): Promise<void> {
  const file = `${reader.world.checkout}/block_of_a_page.ts`;
  await Deno.writeTextFile(file, text);
  try {
    await succeeds(`npx -y deno@${Deno.version.deno} check --quiet '${file}'`, reader);
  } finally {
    await Deno.remove(file);
  }
}

async function succeeds(command: string, reader: Reader): Promise<void> {
  const { code, output } = await reader.terminal.run(command);
  assert.equal(code, 0, output);
}
