import { dirname } from "node:path";

/**
 * Runs `act` while no other process that asks for the same lock does. The lock ends with the process
 * at the latest.
 *
 * @param path A file that is only there to be locked.
 */
export async function locked<T>(path: string, act: () => Promise<T>): Promise<T> {
  await Deno.mkdir(dirname(path), { recursive: true });
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return await act();
}
