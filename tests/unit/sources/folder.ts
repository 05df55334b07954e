/** A folder of a test's own, removed at its end. */
export interface Folder extends AsyncDisposable {
  path: string;
  /** Writes a file and the folders that lead to it; gives its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

/** Makes a folder that holds `files`. */
export async function folder(files: Record<string, string | Uint8Array> = {}): Promise<Folder> {
  const path = await Deno.makeTempDir({ prefix: "genkitd-test-" });
  const write = async (name: string, content: string | Uint8Array) => {
    const file = `${path}/${name}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeFile(
      file,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    return file;
  };
  for (const [name, content] of Object.entries(files)) await write(name, content);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
