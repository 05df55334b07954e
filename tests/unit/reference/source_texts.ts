const ROOT = new URL("../../../", import.meta.url);

/** Reads all TypeScript below folders of the repository, by path. */
export async function sourceTexts(...folders: string[]): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const folder of folders) {
    for await (const { name, isDirectory } of Deno.readDir(new URL(folder, ROOT))) {
      const path = `${folder}/${name}`;
      if (isDirectory) { for (const each of await sourceTexts(path)) texts.set(...each); }
      else if (name.endsWith(".ts")) texts.set(path, await Deno.readTextFile(new URL(path, ROOT)));
    }
  }
  return texts;
}
