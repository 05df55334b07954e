import { FetchFailure } from "../fetcher.ts";

/**
 * Gives a body piece by piece.
 *
 * @throws {FetchFailure} Unreachable where the connection breaks off.
 */
export async function* bodyParts(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read().catch((cause) => {
        throw new FetchFailure("Unreachable", "the connection broke off", { cause });
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

/**
 * Reads the bytes of an answer.
 *
 * @throws {FetchFailure} TooLarge beyond `limit` bytes.
 */
export async function readBytes(
  response: Response,
  limit: number,
  what: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of bodyParts(response.body)) {
    size += part.length;
    if (size > limit) {
      throw new FetchFailure("TooLarge", `${what} is larger than ${limit} bytes`);
    }
    parts.push(part);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/**
 * Reads an answer as JSON.
 *
 * @throws {FetchFailure} TooLarge beyond `limit` bytes, InvalidContent where it is no JSON.
 */
export async function readJson(response: Response, limit: number, what: string): Promise<unknown> {
  const bytes = await readBytes(response, limit, what);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new FetchFailure("InvalidContent", `${what} is not JSON`, { cause });
  }
}
