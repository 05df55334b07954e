import { follow, type Running } from "./running_command.ts";

/** How long a command may take, in milliseconds, before it counts as one that hangs. */
const PATIENCE = 300_000;

/** What a command did. */
export interface CommandResult {
  code: number;
  /** What it printed, standard output and error as they came. */
  output: string;
}

/** A shell of a reader: commands run one after another, and keep folder and variables. */
export interface Terminal extends AsyncDisposable {
  /** Whether its shell has ended. */
  readonly closed: boolean;
  /** Runs a command to its end. */
  run(command: string): Promise<CommandResult>;
  /** Starts a command that does not end by itself, and resolves when it prints `ready`. */
  start(command: string, ready: RegExp): Promise<Running>;
}

/** Reads commands that end with a zero byte, and prints the exit code of each, and one such byte. */
const LOOP = `set -uo pipefail
while IFS= read -r -d '' REPLY; do
  eval "$REPLY"
  printf '%d\\0' "$?"
done`;

/** Opens a terminal: bash with what it is given, and nothing of this process's environment. */
export async function openTerminal(
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<Terminal> {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-terminal-" });
  const shell = new Deno.Command("bash", {
    args: ["--noprofile", "--norc", "-c", LOOP],
    cwd,
    clearEnv: true,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const input = shell.stdin.getWriter();
  const codes = shell.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const running: Running[] = [];
  let count = 0;
  let closed = false;

  /** The exit code; undefined where it ended the shell. */
  const send = async (command: string): Promise<number | undefined> => {
    await input.write(new TextEncoder().encode(`${command}\0`));
    let text = "";
    while (!text.endsWith("\0")) {
      const { value, done } = await codes.read();
      if (done) {
        closed = true;
        return undefined;
      }
      text += value;
    }
    return Number(text.slice(0, -1));
  };

  return {
    get closed() {
      return closed;
    },
    async run(command) {
      const log = `${folder}/${++count}`;
      let hangs = false;
      const timer = setTimeout(() => {
        hangs = true;
        shell.kill("SIGKILL");
      }, PATIENCE);
      const code = await send(`{\n${command}\n} </dev/null >'${log}' 2>&1`);
      clearTimeout(timer);
      const output = await Deno.readTextFile(log).catch(() => "");
      if (hangs) throw new Error(`It did not end in ${PATIENCE} ms:\n${output}`);
      if (code === undefined) throw new Error(`It ended the shell:\n${output}`);
      return { code, output };
    },
    async start(command, ready) {
      const log = `${folder}/${++count}`;
      const pid = `${folder}/pid`;
      // Job control gives it a process group, so that Ctrl-C can reach all of it.
      await Deno.writeTextFile(log, "");
      await send(`set -m\n{\n${command}\n} </dev/null >'${log}' 2>&1 &\necho $! >'${pid}'; set +m`);
      const one = follow({ group: Number(await Deno.readTextFile(pid)), log });
      running.push(one);
      await one.saw(ready).catch(async (error) => {
        await one.interrupt();
        throw error;
      });
      return one;
    },
    async [Symbol.asyncDispose]() {
      for (const one of running) await one.interrupt();
      await input.close().catch(() => {});
      await codes.cancel();
      await shell.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
