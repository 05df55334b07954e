import assert from "assert";
import { Command } from "commander";
import { commandFacts } from "../../../cli/command_facts.ts";
import { main } from "../../../cli/main.ts";
import { subcommands } from "../../../mod.ts";
import { configFields } from "../../../runner/config/config_fields.ts";
import { PROVIDERS } from "../../../shared/providers.ts";
import { cliPage } from "../../../tasks/reference/cli_page.ts";
import { anchorsOf, linksOf } from "./markdown.ts";
import { sourceTexts } from "./source_texts.ts";

const ROOT = new URL("../../../", import.meta.url);
const page = cliPage();

for (const { name, load } of subcommands) {
  const command = new Command(name);
  (await load()).define(command);
  const section = page.split(/^## /m).find((text) => text.startsWith(`genkitd ${name}\n`))!;

  Deno.test(`docs/reference/cli.md has each flag and argument of genkitd ${name}`, () => {
    for (const { flags, long } of command.options) {
      assert(section.includes(`<a id="${name}${long}"></a>\`${flags}\``), flags);
    }
    for (const argument of command.registeredArguments) {
      assert(section.includes(`\`${argument.name()}`), argument.name());
    }
  });

  Deno.test(`genkitd ${name} --help has its variables and exit codes, in 100 columns`, async () => {
    let help = "";
    const output = { stdout: (text: string) => void (help += text), stderr: () => {} };
    assert.equal(await main([name, "--help"], subcommands, output), 0);
    const { environment, exitCodes } = commandFacts(command);
    assert.deepEqual(Object.keys(exitCodes).slice(0, 3), ["0", "1", "2"]);
    for (const [what, text] of [...Object.entries(environment), ...Object.entries(exitCodes)]) {
      assert.match(help, new RegExp(`^ {2}${RegExp.escape(what)} +${RegExp.escape(text)}$`, "m"));
      assert(section.includes(what.split(", ")[0]!), what);
    }
    const [long] = help.split("\n").filter((line) => line.length > 100);
    assert.equal(long, undefined);
  });
}

Deno.test("every environment variable that the code reads by name stands on a page", async () => {
  const config = await Deno.readTextFile(new URL("docs/configuration.md", ROOT));
  const providers = await Deno.readTextFile(new URL("docs/providers.md", ROOT)) +
    await Deno.readTextFile(new URL("docs/bedrock.md", ROOT));
  const known = PROVIDERS.flatMap((
    { credentialKeys, optionalKeys = [], insteadKeys = [] },
  ) => [...credentialKeys.flat(), ...optionalKeys, ...insteadKeys]);
  for (const key of known) assert(providers.includes(key), `the pages of providers lack ${key}`);
  // Every program has these.
  const common = new Set(["HOME", "KUBERNETES_SERVICE_PORT"]);
  const names = new Set<string>();
  const code = await sourceTexts("cli", "runner", "operator", "shared", "conformance");
  for (const text of code.values()) {
    const read = /(?:environment|\benv\.get)\(\s*"([A-Z][A-Z0-9_]+)"|environment\.([A-Z_]+)\b/g;
    for (const [, called, member] of text.matchAll(read)) names.add(called ?? member!);
  }
  assert(names.size > 15, "they are found");
  for (const name of names) {
    if (common.has(name)) continue;
    const said = page.includes(`\`${name}\``) || config.includes(name) ||
      /^AWS_/.test(name) && page.includes("`AWS_…`");
    assert(said, `${name} is on no page`);
  }
});

Deno.test("docs/configuration.md has each field of the configuration and its variable", async () => {
  const docs = await Deno.readTextFile(new URL("docs/configuration.md", ROOT));
  for (const { path, variable } of configFields()) {
    const name = path.join(".").replaceAll(".[]", "[]");
    assert(docs.includes(`| \`${name}\` `), name);
    if (variable !== undefined) assert(docs.includes(`\`${variable}\``), variable);
  }
});

Deno.test("links of docs/reference/cli.md lead somewhere", async () => {
  const anchors = anchorsOf(page);
  for (const link of linksOf(page)) {
    if (link.startsWith("#")) assert(anchors.has(link.slice(1)), link);
    else await Deno.stat(new URL(link, new URL("docs/reference/", ROOT)));
  }
});
