import { contentHash } from "../shared/content_hash.ts";
import { ROOT } from "./checkout.ts";

/**
 * Gives a hash over files and folders of the checkout and over the version of Deno, by which a
 * bundle is known to be current.
 */
export async function inputsHash(paths: readonly string[]): Promise<string> {
  const files: [string, string][] = [["deno", Deno.version.deno]];
  const read = async (path: string): Promise<void> => {
    const { isDirectory } = await Deno.stat(`${ROOT}${path}`);
    if (!isDirectory) {
      files.push([path, await Deno.readTextFile(`${ROOT}${path}`)]);
      return;
    }
    const entries = await Array.fromAsync(Deno.readDir(`${ROOT}${path}`));
    await Promise.all(entries.map(({ name }) => read(`${path}/${name}`)));
  };
  await Promise.all(paths.map(read));
  return await contentHash(files);
}

/** Gives the text of a file, and "" where there is none. */
export async function readOrEmpty(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return "";
  }
}
