/** A process of the benchmark. */
export interface Pinned extends AsyncDisposable {
  pid: number;
  port: number;
}

/** Starts a Deno program on one core, where the machine has taskset, and waits for its port. */
export async function pinned(
  { core, args, port, env = {} }: {
    core: number;
    args: string[];
    env?: Record<string, string>;
    /** Finds the port in a line of standard output or standard error. */
    port: RegExp;
  },
): Promise<Pinned> {
  const child = new Deno.Command("taskset", {
    args: ["-c", String(core), Deno.execPath(), ...args],
    env,
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

/** Milliseconds of CPU that a process and those that it started have used. */
export async function cpuTime(pid: number): Promise<number> {
  let nanoseconds = 0;
  for (const process of [pid, ...await children(pid)]) {
    for await (const { name } of Deno.readDir(`/proc/${process}/task`)) {
      const text = await Deno.readTextFile(`/proc/${process}/task/${name}/schedstat`)
        .catch(() => "0");
      nanoseconds += Number(text.split(" ")[0]);
    }
  }
  return nanoseconds / 1e6;
}

async function children(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.trim().split(" ").filter(Boolean).map(Number);
}

/** Private memory (MiB) of a process and of the processes that it started. */
export async function privateMemory(pid: number): Promise<{ own: number; children: number[] }> {
  const of = async (pid: number) => {
    const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
    return Number(/^Private_Dirty:\s+(\d+)/m.exec(text)![1]) / 1024;
  };
  return { own: await of(pid), children: await Promise.all((await children(pid)).map(of)) };
}
