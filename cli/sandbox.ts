import { pathToFileURL } from "node:url";
import { confineSandbox } from "../runner/host/confine_sandbox.ts";
import { sandboxWorker } from "../runner/host/sandbox_process.ts";
import { terminal } from "./terminal.ts";

/** What a person is told who tries it. */
const NOT_FOR_PEOPLE = `error: "sandbox" is how genkitd starts the processes in which flows run; ` +
  `it is not a command for people\nRun "genkitd --help" to see those that are\n`;

/**
 * Makes this process a sandbox that reaches `hosts`, as a compiled genkitd does with itself. Ends it
 * with 2 where a person asks for that: it would wait for messages that never come.
 *
 * @throws {Error} where the sandbox's program is not there, or a host is none.
 */
export async function runSandbox(hosts: readonly string[]): Promise<void> {
  const flag = hosts.some((host) => host.startsWith("-"));
  if (flag || Deno.stdin.isTerminal()) {
    terminal.stderr(NOT_FOR_PEOPLE);
    Deno.exit(2);
  }
  confineSandbox(pathToFileURL(await sandboxWorker()), hosts);
}
