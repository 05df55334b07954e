/**
 * Reads standard input as text.
 *
 * @throws {Error} beyond `limit` bytes.
 */
export async function readStdin(limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of Deno.stdin.readable) {
    text += decoder.decode(part, { stream: true });
    if (text.length > limit) {
      throw new Error(`Cannot read standard input: it has more than ${limit} bytes`);
    }
  }
  return text + decoder.decode();
}
