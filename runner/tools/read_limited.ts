/**
 * Reads a response's text, up to `maxBytes` bytes.
 *
 * @throws {RangeError} where it is longer. The rest is not read.
 */
export async function readLimited(response: Response, maxBytes: number): Promise<string> {
  const tooLong = () => new RangeError(`the answer is longer than ${maxBytes} bytes`);
  if (Number(response.headers.get("content-length")) > maxBytes) {
    await response.body?.cancel();
    throw tooLong();
  }
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    // Leaving the loop ends the response.
    if (bytes > maxBytes) throw tooLong();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
