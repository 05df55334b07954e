import { Changes } from "./changes.ts";

/** Milliseconds in which something awaited is said, on a busy machine too. */
const PATIENCE = 120_000;

const MOD = new URL("../../mod.ts", import.meta.url).pathname;

/** A running genkitd, started as a user starts it. */
export interface Genkitd extends AsyncDisposable {
  url: string;
  pid: number;
  /** Everything that it has printed so far, standard output and error together. */
  output(): string;
  /** Resolves when the output matches, what it said before included; throws after two minutes. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when the output from now on matches; throws after two minutes. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: Deno.Signal): void;
  ended: Promise<Deno.CommandStatus>;
}

/** Starts genkitd and waits until `ready` is printed; its first group is the URL. */
export async function genkitd(
  args: string[],
  { ready = /(http:\/\/[\w.:]+:\d+)/, env = {}, cwd, program = MOD, flags = ["-A"], command }: {
    ready?: RegExp;
    env?: Record<string, string>;
    cwd?: string;
    /** Another form of the program, such as a bundle of it. */
    program?: string;
    /** Flags of `deno run`. */
    flags?: readonly string[];
    /** Another program than Deno; it gets `args` alone. */
    command?: string;
  } = {},
): Promise<Genkitd> {
  const child = new Deno.Command(command ?? Deno.execPath(), {
    args: command === undefined ? ["run", ...flags, "--no-prompt", program, ...args] : args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1", ...env },
    ...cwd && { cwd },
  }).spawn();
  let output = "";
  const changes = new Changes();
  const follow = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      changes.tell();
    }
  };
  const following = Promise.all([follow(child.stdout), follow(child.stderr)]);
  let over = false;
  const ended = child.status.then(async (status) => {
    await following;
    over = true;
    changes.tell();
    return status;
  });
  const wait = (pattern: RegExp, from: number) =>
    changes.until(() => {
      const match = pattern.exec(output.slice(from));
      if (match === null && over) {
        throw new Error(`genkitd ended without saying ${pattern}:\n${output}`);
      }
      return match;
    }, {
      patience: PATIENCE,
      complaint: () => `genkitd did not say ${pattern} in ${PATIENCE} ms, but:\n${output}`,
    });
  const [, url = ""] = await wait(ready, 0).catch(async (error) => {
    if (!over) child.kill("SIGKILL");
    await ended;
    throw error;
  });
  return {
    url,
    pid: child.pid,
    output: () => output,
    saw: (pattern) => wait(pattern, 0),
    says: (pattern) => wait(pattern, output.length),
    kill: (signal) => child.kill(signal),
    ended,
    async [Symbol.asyncDispose]() {
      if (!over) child.kill("SIGKILL");
      await ended;
    },
  };
}
