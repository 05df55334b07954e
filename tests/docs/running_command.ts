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
  let changed = Promise.withResolvers<void>();
  const change = () => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const ended = (async () => {
    for await (const text of tail.stdout.pipeThrough(new TextDecoderStream())) {
      output += text;
      change();
    }
    await tail.status;
    over = true;
    change();
  })();
  const wait = async (pattern: RegExp, from: number) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      change();
    }, PATIENCE);
    try {
      for (;;) {
        const match = pattern.exec(output.slice(from));
        if (match) return match;
        if (over || late) {
          const state = over ? "It ended without saying" : `In ${PATIENCE} ms it did not say`;
          throw new Error(`${state} ${pattern}, but:\n${output}`);
        }
        await changed.promise;
      }
    } finally {
      clearTimeout(timer);
    }
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
