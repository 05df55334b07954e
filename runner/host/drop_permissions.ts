/**
 * Gives up what the main process no longer needs once it serves: it never writes, loads no native
 * code and asks nothing more of the system. It keeps the network, the files that it watches, the
 * environment, and starting its own program again, for sandboxes.
 */
export async function dropPermissions(): Promise<void> {
  for (const name of ["write", "ffi", "sys"] as const) await Deno.permissions.revoke({ name });
}
