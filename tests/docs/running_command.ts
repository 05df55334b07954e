import { Changes } from "../e2e/changes.ts";

/** How long something is waited for, in milliseconds, on a busy machine too. */
const PATIENCE = 300_000;

/** A command that goes on in a terminal of its own. */
export interface Running {
  /** Everything that it has printed so far. */
  output(): string;
  /** Resolves when what it has printed matches. */
  saw(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when what it prints from now on matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Ctrl-C; resolves when it has ended. */
  interrupt(): Promise<void>;
}

/** Follows the log of a process group, whose leader's end is its own. */
export function follow({ group, log }: { group: number; log: string }): Running {
  const tail = new Deno.Command("tail", {
    args: ["--bytes=+1", "--follow", "--sleep-interval=0.1", `--pid=${group}`, log],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let output = "";
  let over = false;
  const changes = new Changes();
  const ended = (async () => {
    for await (const text of tail.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      changes.tell();
    }
    await tail.status;
    over = true;
    changes.tell();
  })();
  const wait = (pattern: RegExp, from: number) => {
    const complaint = (state: string) => `${state} ${pattern}, but:\n${output}`;
    return changes.until(() => {
      const match = pattern.exec(output.slice(from));
      if (match === null && over) throw new Error(complaint("It ended without saying"));
      return match;
    }, {
      patience: PATIENCE,
      complaint: () => complaint(`In ${PATIENCE} ms it did not say`),
    });
  };
  return {
    output: () => output,
    saw: (pattern) => wait(pattern, 0),
    says: (pattern) => wait(pattern, output.length),
    async interrupt() {
      if (!over) {
        try {
          Deno.kill(-group, "SIGINT");
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
      await ended;
    },
  };
}
