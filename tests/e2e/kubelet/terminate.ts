import type { Clock } from "../../../shared/clock.ts";
import type { ContainerProcess } from "./container_process.ts";
import type { Container } from "./pod.ts";
import { wait } from "./wait.ts";

/** Options of {@linkcode terminate}. */
export interface TerminateOptions {
  process: ContainerProcess;
  container: Container;
  /** Milliseconds from the beginning to SIGKILL, the preStop hook included. */
  grace: number;
  clock: Clock;
  /** Runs a program in the container; whether it ended well. */
  exec(command: string[]): Promise<boolean>;
}

/** What a program gets after SIGTERM at least, when its preStop hook took all the time. */
const LEAST = 2_000;

/** Ends a container as kubelets do: preStop, SIGTERM, and SIGKILL when its time is over. */
export async function terminate(options: TerminateOptions): Promise<void> {
  const { process, container, grace, clock, exec } = options;
  if (grace > 0) {
    const gone = new AbortController();
    process.ended.then(() => gone.abort());
    const end = clock.now() + grace;
    const { sleep, exec: hook } = container.lifecycle?.preStop ?? {};
    if (sleep) await wait(clock, Math.min(sleep.seconds * 1_000, grace), gone.signal);
    if (hook) await Promise.race([exec(hook.command), wait(clock, grace, gone.signal)]);
    process.kill("SIGTERM");
    await wait(clock, Math.max(end - clock.now(), LEAST), gone.signal);
  }
  process.kill("SIGKILL");
  await process.ended;
}
