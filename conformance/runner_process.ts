import { spawn } from "node:child_process";
import process from "node:process";
import { atMost } from "./at_most.ts";

/** How a process ended. */
export interface ProcessEnd {
  /** Null where a signal ended it. */
  code: number | null;
  signal: string | null;
}

/** A runner that was started here. */
export interface RunnerProcess extends AsyncDisposable {
  /** What it has printed, standard output and error together; of much the last part. */
  output(): string;
  /** Undefined while it runs. */
  end(): ProcessEnd | undefined;
  ended: Promise<ProcessEnd>;
  /** Why the command could not be started; undefined where it was. */
  unstarted(): string | undefined;
  /** Tells the process itself to end, as a kubelet does. */
  terminate(): void;
  /** Ends at once all that the command has started. */
  kill(): void;
}

/** The most characters of output that are kept. */
const MOST_OUTPUT = 256 * 1024;

/** Milliseconds that a runner has to end where nobody looks how it does. */
const SHORT_GRACE = 2_000;

/** Starts a command, in a group of processes of its own so that nothing of it is left at the end. */
export function startRunner(
  [command, ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
): RunnerProcess {
  let output = "";
  let end: ProcessEnd | undefined;
  let unstarted: string | undefined;
  const child = spawn(command!, args, {
    detached: true,
    env: { ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const keep = (bytes: { toString(): string }) =>
    output = (output + bytes.toString()).slice(-MOST_OUTPUT);
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<ProcessEnd>((resolve) => {
    const over = (code: number | null, signal: string | null) => resolve(end = { code, signal });
    child.on("exit", over);
    child.on("error", (error: Error & { code?: string }) => {
      if (child.pid === undefined) unstarted = whyUnstarted(error);
      output += error.message;
      over(127, null);
    });
  });
  // In Deno 2.9.6, what child.kill() was told is the end's signal, whatever the process ends with.
  const kill = (id: number | undefined, signal: "SIGTERM" | "SIGKILL") => {
    try {
      if (id !== undefined) process.kill(id, signal);
    } catch {
      // Nobody is left.
    }
  };
  const toGroup = (signal: "SIGTERM" | "SIGKILL") => kill(child.pid && -child.pid, signal);
  return {
    output: () => output,
    end: () => end,
    ended,
    unstarted: () => unstarted,
    terminate() {
      // Its number is somebody else's once it has ended.
      if (end === undefined) kill(child.pid, "SIGTERM");
    },
    kill: () => toGroup("SIGKILL"),
    async [Symbol.asyncDispose]() {
      if (end === undefined) toGroup("SIGTERM");
      await atMost(ended, SHORT_GRACE);
      toGroup("SIGKILL");
      await ended;
    },
  };
}

function whyUnstarted({ code, message }: Error & { code?: string }): string {
  if (code === "ENOENT") {
    return "it is not there, nor on the PATH, or what should interpret it is not";
  }
  if (code === "EACCES") return "it is no program that this user may run";
  return message;
}

/** Describes how a process ended. */
export function describeEnd({ code, signal }: ProcessEnd): string {
  return signal === null ? `ended with code ${code}` : `was ended by ${signal}`;
}
