/** The most that is read of one file, in bytes. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Reads a stream as UTF-8 text, without its byte order mark.
 *
 * @throws {Error} in words for a person where it is longer than `maxBytes`, or no UTF-8.
 */
export async function readText(
  stream: ReadableStream<Uint8Array>,
  maxBytes: number = MAX_FILE_BYTES,
): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new Error(`it is larger than ${maxBytes / 1024 / 1024} MiB`);
    parts.push(decode(decoder, chunk));
  }
  return parts.join("") + decode(decoder);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch (error) {
    throw new Error("it is not UTF-8 text", { cause: error });
  }
}
