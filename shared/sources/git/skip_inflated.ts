import { createHash } from "node:crypto";
import { createInflate } from "node:zlib";
import { FetchFailure } from "../fetcher.ts";

/**
 * Unpacks an object piece by piece without keeping it: gives its id, and how many bytes of `packed`
 * it takes.
 *
 * @throws {FetchFailure} where it cannot be unpacked to the size it says.
 */
export async function skipInflated(
  packed: Uint8Array,
  { size, type }: { size: number; type: string },
  signal: AbortSignal,
): Promise<{ oid: string; packed: number }> {
  const hash = createHash("sha1").update(`${type} ${size}\0`);
  const inflate = createInflate({ chunkSize: 65_536 });
  // Whatever fails is seen by the loop.
  inflate.on("error", () => {});
  inflate.end(packed);
  let bytes = 0;
  try {
    for await (const piece of inflate) {
      signal.throwIfAborted();
      bytes += piece.length;
      if (bytes > size) break;
      hash.update(piece);
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw broken(cause);
  }
  if (bytes !== size) throw broken();
  return { oid: hash.digest("hex"), packed: inflate.bytesWritten };
}

function broken(cause?: unknown): FetchFailure {
  const message = "the pack that the server sends holds an object that cannot be unpacked to the " +
    "size it says";
  return new FetchFailure("InvalidContent", message, { cause });
}
