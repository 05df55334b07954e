import { ROOT } from "./checkout.ts";

/** What a package says of itself in its package.json; only what is read here. */
interface PackageJson {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
}

/** Files that hold a license or what it asks to be handed on. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-].*)?$/i;

/** The MIT license, for packages that name it and bring no text. */
const MIT =
  `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
associated documentation files (the "Software"), to deal in the Software without restriction,
including without limitation the rights to use, copy, modify, merge, publish, distribute,
sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial
portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT
NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES
OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** The LGPL is a supplement to the GPL, and wants both handed on with what it covers. */
const LGPL = /^LGPL-3\.0/;
const GPL_FILE = `${ROOT}tasks/licenses/GPL-3.0.txt`;

/** The runtime, which a compiled program and the image hold. */
const DENO = `Deno ${Deno.version.deno} (MIT), in the compiled program and the image

Copyright 2018-2026 the Deno authors

${MIT}`;

/**
 * Gives the text of THIRD_PARTY_LICENSES: each package that is inside a bundle with its version,
 * its license and the texts that it brings, and Deno.
 *
 * @param packages The folders of packages, relative to the checkout.
 * @throws {Error} where a package has neither a license in its package.json nor a text of one.
 */
export async function thirdPartyLicenses(packages: readonly string[]): Promise<string> {
  const parts = await Promise.all(packages.map(licenseOf));
  const unique = [...new Set(parts)].sort();
  return [
    "genkitd is made with the packages below, of which each is under the license that follows it.",
    ...unique,
    DENO,
  ].join(`\n\n${"=".repeat(80)}\n\n`) + "\n";
}

async function licenseOf(folder: string): Promise<string> {
  const path = `${ROOT}${folder}`;
  const { name, version, license, author }: PackageJson = JSON.parse(
    await Deno.readTextFile(`${path}/package.json`),
  );
  const names = (await Array.fromAsync(Deno.readDir(path))).filter(({ name, isFile }) =>
    isFile && LICENSE_FILE.test(name)
  ).map(({ name }) => name).sort();
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(`${path}/${name}`)));
  if (license === undefined && texts.length === 0) {
    throw new Error(`Cannot ship ${name} ${version}: it names no license and has no text of one`);
  }
  if (LGPL.test(license ?? "")) texts.push(await Deno.readTextFile(GPL_FILE));
  const by = typeof author === "object" ? author.name : author ?? `the authors of ${name}`;
  const head = `${name} ${version} (${license ?? "see below"})`;
  if (texts.length > 0) return [head, ...texts.map((text) => text.trim())].join("\n\n");
  return [head, `Copyright (c) ${by}`, standardText(name, license!)].join("\n\n");
}

/**
 * The text of a license for a package that names it and brings no text.
 *
 * @throws {Error} where we have none.
 */
function standardText(name: string, license: string): string {
  if (license === "MIT") return MIT;
  if (license === "Apache-2.0") return "The text of the Apache License 2.0 is in LICENSE.";
  if (license.startsWith("http")) return `The license is at ${license}`;
  throw new Error(`Cannot ship ${name}: it brings no text of its license "${license}"`);
}
