/** What a sandbox has not, whatever its process has. */
const NOTHING = {
  env: false,
  ffi: false,
  import: false,
  read: false,
  run: false,
  sys: false,
  write: false,
} as const;

/**
 * Runs a sandbox's program in a Worker of this process that reaches `hosts` and has no other
 * permission, and gives up this process's own. Only then the program is let go, and reads its first
 * message. The process ends with it.
 *
 * @param worker The URL of the program, which waits at its start (sandbox/await_confinement.ts).
 * @throws {TypeError} where a host is none.
 */
export function confineSandbox(worker: URL, hosts: readonly string[]): void {
  // A SIGINT from a terminal goes to the whole group of processes, and the main one decides.
  Deno.addSignalListener("SIGINT", () => {});
  const program = new Worker(worker, {
    type: "module",
    deno: { permissions: { ...NOTHING, net: hosts.length > 0 ? [...hosts] : false } },
  });
  program.addEventListener("message", async () => {
    for (const name of ["env", "ffi", "import", "net", "read", "run", "sys", "write"] as const) {
      await Deno.permissions.revoke({ name });
    }
    program.postMessage("confined");
  }, { once: true });
}
