/**
 * Where this program runs in a Worker, because its process could not be given its permissions from
 * outside (host/confine_sandbox.ts): says that it is loaded, and waits until the process has none.
 * Elsewhere it does nothing.
 */
export async function awaitConfinement(): Promise<void> {
  const { postMessage } = globalThis as { postMessage?: (message: string) => void };
  if (postMessage === undefined) return;
  const confined = Promise.withResolvers<void>();
  globalThis.addEventListener("message", () => confined.resolve(), { once: true });
  postMessage("loaded");
  await confined.promise;
}
