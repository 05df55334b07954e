import { relative, resolve } from "node:path";
import { ROOT } from "./checkout.ts";

/** A package's folder in the path of one of its files, such as `node_modules/.deno/a@1/node_modules/a`. */
const PACKAGE = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//;

/**
 * Gives the folders of the npm packages whose code is in a bundle, relative to the checkout and
 * sorted, by the sources that its source maps name. Code that was left out because nothing uses it
 * is in no source map.
 */
export async function bundledPackages(folder: string): Promise<string[]> {
  const packages = new Set<string>();
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".map")) continue;
    const { sources }: { sources: string[] } = JSON.parse(
      await Deno.readTextFile(`${folder}/${name}`),
    );
    for (const source of sources) {
      const found = PACKAGE.exec(resolve(folder, source))?.[1];
      if (found !== undefined) packages.add(relative(ROOT, found));
    }
  }
  return [...packages].sort();
}
