/** A process of the benchmark. */
export interface Pinned extends AsyncDisposable {
  pid: number;
  port: number;
}

/** Starts a Deno program on one core, where the machine has taskset, and waits for its port. */
export async function pinned(
  { core, args, port }: {
    core: number;
    args: string[];
    /** Finds the port in a line of standard output or standard error. */
    port: RegExp;
  },
): Promise<Pinned> {
  const child = new Deno.Command("taskset", {
    args: ["-c", String(core), Deno.execPath(), ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const found = Promise.withResolvers<number>();
  let said = "";
  const watch = async (stream: ReadableStream<Uint8Array>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said = (said + text).slice(-10_000);
      const match = port.exec(said);
      if (match) found.resolve(Number(match[1]));
    }
  };
  watch(child.stdout);
  watch(child.stderr);
  child.status.then(({ code }) => found.reject(new Error(`It ended with ${code}: ${said}`)));
  return {
    pid: child.pid,
    port: await found.promise,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

/** Private memory (MiB) of a process and of the processes that it started. */
export async function privateMemory(pid: number): Promise<{ own: number; children: number[] }> {
  const children = (await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`)).trim().split(" ")
    .filter(Boolean).map(Number);
  const of = async (pid: number) => {
    const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
    return Number(/^Private_Dirty:\s+(\d+)/m.exec(text)![1]) / 1024;
  };
  return { own: await of(pid), children: await Promise.all(children.map(of)) };
}
