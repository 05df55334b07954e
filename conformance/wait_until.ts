/** Milliseconds between two looks. */
const EVERY = 25;

/**
 * Looks again and again until there is something; undefined where there is nothing after `timeout`
 * milliseconds.
 */
export async function waitUntil<T>(
  look: () => T | undefined | Promise<T | undefined>,
  timeout: number,
): Promise<T | undefined> {
  const end = performance.now() + timeout;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= end) return undefined;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
}
