/** A permission that not every role needs, and that can be given up while a process runs. */
export type DroppablePermission = "run" | "write" | "ffi" | "sys";

const DROPPABLE: readonly DroppablePermission[] = ["run", "write", "ffi", "sys"];

/**
 * Gives up, for good, what a process no longer needs: it loads no native code and asks nothing of
 * the system, and only some of it start programs or write files. It keeps the network, the files
 * that it may read, and the environment.
 *
 * @param keep What is not given up.
 */
export async function dropPermissions(keep: readonly DroppablePermission[]): Promise<void> {
  for (const name of DROPPABLE) {
    if (!keep.includes(name)) await Deno.permissions.revoke({ name });
  }
}
