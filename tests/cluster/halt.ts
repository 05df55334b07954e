/**
 * Halts a process: resolves once none of its threads runs any more, which the signal alone does not
 * wait for. `SIGCONT` has it go on. Throws an Error where the process is gone.
 */
export async function halt(pid: number): Promise<void> {
  Deno.kill(pid, "SIGSTOP");
  while (!await isHalted(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
}

async function isHalted(pid: number): Promise<boolean> {
  for await (const { name } of Deno.readDir(`/proc/${pid}/task`)) {
    const stat = await readIfThere(`/proc/${pid}/task/${name}/stat`);
    // The state follows the program's name, which may hold anything (proc_pid_stat(5)).
    if (!stat.slice(stat.lastIndexOf(")")).startsWith(") T ")) return false;
  }
  return true;
}

/** Threads come and go while they are looked at. */
async function readIfThere(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
