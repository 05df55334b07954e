import type { SupervisedProgram } from "./supervised_program.ts";

/** How long a program may take, in milliseconds: far longer than on a busy machine. */
const PATIENCE = 180_000;

/**
 * Tries again, every 25 ms, until `attempt` succeeds. Throws an Error, with the end of its log, where
 * the program ends before, or takes more than three minutes.
 */
export async function until<T>(
  program: SupervisedProgram,
  attempt: () => Promise<T>,
): Promise<T> {
  let code: number | undefined;
  program.exited.then((exitCode) => code = exitCode);
  const deadline = performance.now() + PATIENCE;
  while (true) {
    try {
      return await attempt();
    } catch (cause) {
      if (code !== undefined || performance.now() > deadline) {
        const state = code === undefined ? "is not ready" : `ended with ${code}`;
        const log = (await Deno.readTextFile(program.log)).trim().slice(-2000);
        throw new Error(`"${program.command}" ${state}: ${log}`, { cause });
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
