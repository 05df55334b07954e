import { pathToFileURL } from "node:url";
import { confineSandbox } from "../runner/host/confine_sandbox.ts";
import { sandboxWorker } from "../runner/host/sandbox_process.ts";

/**
 * Makes this process a sandbox that reaches `hosts`, as a compiled genkitd does with itself.
 *
 * @throws {Error} where the sandbox's program is not there, or a host is none.
 */
export async function runSandbox(hosts: readonly string[]): Promise<void> {
  confineSandbox(pathToFileURL(await sandboxWorker()), hosts);
}
