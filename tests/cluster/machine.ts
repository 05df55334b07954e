/** What finding and building the programs needs of the machine; tests pass in a made-up one. */
export interface Machine {
  env(name: string): string | undefined;
  exists(path: string): Promise<boolean>;
  readText(path: string): Promise<string>;
  makeFolder(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Waits until no other process holds the lock; it ends with the process at the latest. */
  lock(path: string): Promise<Disposable>;
  /** Runs a command. Throws an Error, with the end of what it printed, unless it succeeds. */
  run(
    command: string,
    options: { args: string[]; folder: string; env: Record<string, string> },
  ): Promise<void>;
  /** Tells a person what goes on, in a line. */
  say(line: string): void;
}

/** The machine that the tests run on. */
export const thisMachine: Machine = {
  env: (name) => Deno.env.get(name),
  exists: (path) => Deno.stat(path).then(({ isFile }) => isFile, () => false),
  readText: (path) => Deno.readTextFile(path),
  makeFolder: (path) => Deno.mkdir(path, { recursive: true }),
  rename: (from, to) => Deno.rename(from, to),
  lock: async (path) => {
    const file = await Deno.open(path, { create: true, write: true });
    await file.lock(true);
    return file;
  },
  run: async (command, { args, folder, env }) => {
    const { success, stderr } = await new Deno.Command(command, {
      args,
      cwd: folder,
      env,
      stdout: "null",
      stderr: "piped",
    }).output().catch((cause: unknown) => {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new Error(`"${command}" is not found`, { cause });
    });
    if (!success) {
      const end = new TextDecoder().decode(stderr).trim().slice(-2000);
      throw new Error(`"${command} ${args[0]}" in "${folder}" failed: ${end}`);
    }
  },
  say: (line) => console.error(line),
};
