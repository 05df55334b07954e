import { releaseArchive } from "./release_archive.ts";

/**
 * Packs a chart as `helm package` does, but so that the same files give the same bytes.
 *
 * @param folder The chart's folder. All of its files go in: what is not the chart's must not be there.
 * @param name The chart's name, which is the archive's one folder.
 */
export async function chartArchive(folder: string, name: string): Promise<Uint8Array> {
  const paths = [...filesOf(folder, "")].sort((a, b) => a < b ? -1 : 1);
  const files = await Promise.all(paths.map(async (path) => ({
    name: `${name}/${path}`,
    content: await Deno.readFile(`${folder}/${path}`),
  })));
  // Helm reads this file first.
  const first = files.findIndex((file) => file.name === `${name}/Chart.yaml`);
  return await releaseArchive([files[first]!, ...files.toSpliced(first, 1)]);
}

function* filesOf(folder: string, path: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${path}`)) {
    if (isDirectory) yield* filesOf(folder, `${path}${name}/`);
    else yield path + name;
  }
}
