import { ensureProgramBundle } from "../../tasks/program_bundle.ts";

/** The flags of `deno run` with which docs/install.md and the image start the bundle. */
export const BUNDLE_FLAGS: readonly string[] = [
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
  "--allow-net",
  "--allow-read",
  "--allow-env",
  `--allow-run=${Deno.execPath()}`,
];

/** A copy of the bundle in a folder with nothing else. */
export interface ShippedBundle extends AsyncDisposable {
  /** How to start it: nothing that a home or a cache could give is there. */
  options: { program: string; cwd: string; env: Record<string, string>; flags: readonly string[] };
  /** Runs it to its end. */
  run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>;
  /** The files of packages and remote modules in its Deno's cache. */
  downloaded(): Promise<string[]>;
}

/** Copies the bundle of this checkout, as it is shipped, to a folder of its own. */
export async function shippedBundle(): Promise<ShippedBundle> {
  const { folder } = await ensureProgramBundle();
  const root = await Deno.makeTempDir({ prefix: "genkitd-shipped-" });
  for (const name of ["home", "cache", "cwd"]) await Deno.mkdir(`${root}/${name}`);
  await copyFolder(folder, `${root}/genkitd`);
  const program = `${root}/genkitd/genkitd.js`;
  const cwd = `${root}/cwd`;
  const env = { NO_COLOR: "1", HOME: `${root}/home`, DENO_DIR: `${root}/cache` };
  return {
    options: { program, cwd, env, flags: BUNDLE_FLAGS },
    async run(...args) {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", ...BUNDLE_FLAGS, program, ...args],
        cwd,
        env,
      }).output();
      const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
      return { code, stdout: text(stdout), stderr: text(stderr) };
    },
    downloaded: async () =>
      (await Promise.all(["npm", "remote"].map((name) => filesBelow(`${root}/cache/${name}`))))
        .flat(),
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** Copies a folder and what is below it. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  if (!await Deno.stat(folder).catch(() => undefined)) return files;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) files.push(...await filesBelow(`${folder}/${name}`));
    else files.push(`${folder}/${name}`);
  }
  return files;
}
