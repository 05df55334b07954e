import { isNeverReached } from "./never_reached.ts";
import type { SandboxLimits } from "./sandbox_process.ts";

/** The word by which a compiled genkitd is told to be a sandbox; it is in no help. */
export const SANDBOX_COMMAND = "sandbox";

/**
 * How a compiled genkitd starts a sandbox: by itself, as no `deno run` is in it. Its permissions are
 * compiled in, so the process confines itself (confine_sandbox.ts); V8's limits come by the
 * environment. Unlike `deno run`'s, its rules do not hold for the addresses that a name resolves
 * to: docs/decisions/0018.
 */
export function confinedCommand(
  { hosts, heapMegabytes }: SandboxLimits,
): { args: string[]; env: Record<string, string> } {
  return {
    args: [SANDBOX_COMMAND, ...hosts.filter((host) => !isNeverReached(host))],
    env: {
      DENO_V8_FLAGS: `--max-old-space-size=${heapMegabytes},--max-semi-space-size=2`,
    },
  };
}
