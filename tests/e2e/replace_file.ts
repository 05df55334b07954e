import { basename, dirname } from "node:path";

/**
 * Writes a file as editors and kubelets do: a new one takes the old one's place, so that nobody who
 * reads it meanwhile finds it empty, or half of it. The new one's name is passed over by all readers.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${dirname(path)}/..${basename(path)}.new`;
  await Deno.writeTextFile(fresh, text);
  await Deno.rename(fresh, path);
}
