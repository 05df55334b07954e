/** A program that a test started, and that ends with the test's process at the latest. */
export interface SupervisedProgram {
  readonly pid: number;
  readonly command: string;
  /** The file that its output is added to. */
  readonly log: string;
  /** Resolves, with its exit code, once the program is gone. */
  readonly exited: Promise<number>;
  /** Sends a signal; nothing happens where the program is gone. */
  signal(signal: Deno.Signal): void;
  /** Kills the program and waits until it is gone. */
  kill(): Promise<void>;
}

/** What is started, and where its output goes. */
export interface SupervisedProgramOptions {
  command: string;
  args: string[];
  /** The whole environment: nothing of the test's own is passed on. */
  env?: Record<string, string>;
  /** The file that its output is added to. */
  log: string;
  /** A folder that goes with the program when the test's process dies. */
  folder: string;
}

// A watcher beside the program, which takes the shell's place and keeps its pid. The watcher reads a
// pipe from the test's process: a line means that all is well, the end that the process is dead.
const SUPERVISE = `
log=$1 folder=$2; shift 2
exec 3<&0
(
  trap '' INT TERM HUP
  read -r _ <&3 || { kill -KILL $$; rm -rf "$folder"; }
) >/dev/null 2>&1 &
exec "$@" </dev/null >>"$log" 2>&1 3<&-
`;

/** Starts a program that cannot outlive the test's process, however that one ends. */
export function startSupervisedProgram(
  { command, args, env = {}, log, folder }: SupervisedProgramOptions,
): SupervisedProgram {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", SUPERVISE, "sh", log, folder, command, ...args],
    clearEnv: true,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...env },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const exited = child.status.then(async ({ code }) => {
    const writer = child.stdin.getWriter();
    // The watcher may be gone already, where somebody killed it.
    await writer.write(new TextEncoder().encode("\n")).catch(() => {});
    await writer.close().catch(() => {});
    return code;
  });
  const signal = (signal: Deno.Signal) => {
    try {
      child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  };
  return {
    pid: child.pid,
    command,
    log,
    exited,
    signal,
    kill: async () => {
      signal("SIGKILL");
      await exited;
    },
  };
}
