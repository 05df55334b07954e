/** A tree on disk. */
export interface PlacedTree {
  /** The folder. */
  path: string;
  /** Puts one other text in place of a file's, as a kubelet does it where the tree is a volume. */
  replace(path: string, text: string): Promise<void>;
  /** Every file and link below the folder, with what it holds. */
  list(): Promise<Map<string, string>>;
}

/**
 * Writes a tree into the folder `path`, which is there. A volume is what a kubelet makes: the
 * files are in a dated folder, `..data` is a link to that, and every name at the top a link through
 * `..data` (Kubernetes, pkg/volume/util/atomic_writer.go). All may read it, containers' users too.
 *
 * @param volumes The folders of the tree that are volumes of their own; the root is "".
 */
export async function placeTree(
  path: string,
  files: ReadonlyMap<string, string>,
  volumes: readonly string[] = [],
): Promise<PlacedTree> {
  await Deno.chmod(path, 0o755);
  let content = files;
  let version = 0;
  const inner = volumes.filter((folder) => folder !== "");
  const place = async () => {
    if (!volumes.includes("")) return write(path, content, inner);
    const dated = `..2026_01_01_00_00_00.${++version}`;
    await Deno.mkdir(`${path}/${dated}`, { mode: 0o755 });
    await write(`${path}/${dated}`, content, inner);
    await Deno.symlink(dated, `${path}/..data_tmp`);
    await Deno.rename(`${path}/..data_tmp`, `${path}/..data`);
    if (version > 1) {
      return Deno.remove(`${path}/..2026_01_01_00_00_00.${version - 1}`, { recursive: true });
    }
    for (const name of new Set([...files.keys()].map((file) => file.split("/")[0]!))) {
      await Deno.symlink(`..data/${name}`, `${path}/${name}`);
    }
  };
  await place();
  return {
    path,
    async replace(file, text) {
      content = new Map([...content, [file, text]]);
      await place();
    },
    list: () => list(path),
  };
}

/** Each file is in the volume of the deepest folder that is one. */
async function write(
  path: string,
  files: ReadonlyMap<string, string>,
  volumes: readonly string[],
): Promise<void> {
  const parts = Map.groupBy(
    files,
    ([file]) =>
      volumes.filter((folder) => file.startsWith(`${folder}/`))
        .reduce((deepest, folder) => folder.length > deepest.length ? folder : deepest, ""),
  );
  for (const [volume, inside] of parts) {
    if (volume === "") {
      await writeFiles(path, new Map(inside));
      continue;
    }
    const folder = `${path}/${volume}`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o755 });
    await placeTree(
      folder,
      new Map(inside.map(([file, text]) => [file.slice(volume.length + 1), text])),
      [""],
    );
  }
}

async function writeFiles(path: string, files: ReadonlyMap<string, string>): Promise<void> {
  for (const [file, text] of files) {
    await Deno.mkdir(`${path}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true, mode: 0o755 });
    await Deno.writeTextFile(`${path}/${file}`, text, { mode: 0o644 });
  }
}

/** The most files that are looked at. */
const MOST = 5_000;

async function list(path: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (below: string): Promise<void> => {
    for await (const { name, isDirectory, isSymlink } of Deno.readDir(`${path}${below}`)) {
      const at = `${below}/${name}`;
      if (found.size >= MOST) return;
      if (isSymlink) found.set(at, `→ ${await Deno.readLink(path + at)}`);
      else if (isDirectory) await walk(at);
      else found.set(at, await Deno.readTextFile(path + at));
    }
  };
  await walk("");
  return found;
}
