import type { VolumeFile } from "./volume_files.ts";

/**
 * Writes the files of a volume as real kubelets do: into a new folder, which `..data` is then
 * switched to in one step; what stands at the top leads through `..data`. So a program sees all of
 * the old files or all of the new ones. Gives the folder.
 *
 * `group` (a pod's fsGroup) gets the files, readable.
 */
export async function writeVolume(
  root: string,
  files: Map<string, VolumeFile>,
  group?: number,
): Promise<string> {
  const before = await Deno.readLink(`${root}/..data`).catch(() => undefined);
  const folder = await Deno.makeTempDir({ dir: root, prefix: "..version_" });
  await Deno.chmod(folder, 0o755);
  for (const [path, { content, mode, owner = 0 }] of files) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o755 });
    await Deno.writeFile(file, content);
    await Deno.chown(file, owner, group ?? 0);
    await Deno.chmod(file, group === undefined ? mode : mode | 0o440);
  }
  const name = folder.slice(root.length + 1);
  await Deno.symlink(name, `${root}/..data_tmp`);
  await Deno.rename(`${root}/..data_tmp`, `${root}/..data`);

  const top = new Set([...files.keys()].map((path) => path.split("/")[0]!));
  for await (const entry of Deno.readDir(root)) {
    // Folders are there for what is mounted in the volume.
    if (entry.isSymlink && !entry.name.startsWith("..") && !top.delete(entry.name)) {
      await Deno.remove(`${root}/${entry.name}`);
    }
  }
  for (const entry of top) await Deno.symlink(`..data/${entry}`, `${root}/${entry}`);
  if (before !== undefined) await Deno.remove(`${root}/${before}`, { recursive: true });
  return folder;
}
