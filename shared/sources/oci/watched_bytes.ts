/** Bytes of which it is known whether their source failed. */
export interface WatchedBytes {
  bytes: AsyncGenerator<Uint8Array>;
  /** What the source threw; undefined where it did not. */
  failure(): unknown;
}

/**
 * Passes bytes on into a stream of Node's, which would make an error of its own of what their source
 * throws.
 */
export function watchedBytes(source: AsyncIterable<Uint8Array>): WatchedBytes {
  let failure: unknown;
  async function* passed() {
    try {
      yield* source;
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return { bytes: passed(), failure: () => failure };
}
