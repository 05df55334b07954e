import assert from "assert";
import { ROOT } from "../../../tasks/checkout.ts";
import { ensureProgramBundle } from "../../../tasks/program_bundle.ts";
import { thirdPartyLicenses } from "../../../tasks/third_party_licenses.ts";

async function packageJson(folder: string): Promise<{ name: string; version: string }> {
  return JSON.parse(await Deno.readTextFile(`${ROOT}${folder}/package.json`));
}

Deno.test("the bundle has beside it the license of every package that is inside", async () => {
  const { folder, packages } = await ensureProgramBundle();
  const [, ...parts] = (await Deno.readTextFile(`${folder}/THIRD_PARTY_LICENSES`))
    .split(`\n\n${"=".repeat(80)}\n\n`);
  const titles = parts.map((part) => part.split(" (")[0]!);
  for (const { name, version } of await Promise.all(packages.map(packageJson))) {
    const part = parts[titles.indexOf(`${name} ${version}`)];
    assert.ok(part !== undefined, `${name} ${version} is not there`);
    assert.ok(part.trim().split("\n").length >= 4, `${name} has no text:\n${part}`);
  }
  assert.ok(parts.some((part) => part.startsWith(`Deno ${Deno.version.deno} (MIT)`)));
});

Deno.test("the LGPL of a package stands with the GPL that it supplements, and it is a file of its own", async () => {
  const { folder } = await ensureProgramBundle();
  const [, ...parts] = (await Deno.readTextFile(`${folder}/THIRD_PARTY_LICENSES`))
    .split(`\n\n${"=".repeat(80)}\n\n`);
  const lesser = parts.filter((part) => /^\S+ \S+ \(LGPL/.test(part));
  assert.deepEqual(lesser.map((part) => part.split(" ")[0]), ["openpgp"]);
  assert.match(
    lesser[0]!,
    /GNU LESSER GENERAL PUBLIC LICENSE[^]*\nGNU GENERAL PUBLIC LICENSE\n/,
  );
  const files = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  assert.equal(files.filter((name) => /^openpgp-.*\.js$/.test(name)).length, 1);
});

Deno.test("a package counts as inside wherever it is imported from", async () => {
  const { packages } = await ensureProgramBundle();
  const names = (await Promise.all(packages.map(packageJson))).map(({ name }) => name);
  // By our own code, by a package's code, by CommonJS, and only by a provider of the sandbox.
  for (
    const name of ["commander", "zod", "undici", "debug", "handlebars", "@smithy/core", "genkit"]
  ) assert.ok(names.includes(name), name);
});

Deno.test("a package that names no license and brings none is not shipped", async () => {
  const folder = await Deno.makeTempDir({ dir: `${ROOT}dist`, prefix: "package-" });
  try {
    const write = (value: unknown) =>
      Deno.writeTextFile(`${folder}/package.json`, JSON.stringify(value));
    const path = folder.slice(ROOT.length);
    await write({ name: "bare", version: "1.0.0" });
    await assert.rejects(thirdPartyLicenses([path]), {
      message: "Cannot ship bare 1.0.0: it names no license and has no text of one",
    });
    await write({ name: "odd", version: "1.0.0", license: "EUPL-1.2" });
    await assert.rejects(thirdPartyLicenses([path]), {
      message: 'Cannot ship odd: it brings no text of its license "EUPL-1.2"',
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
