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
  const decoder = decoderOf(response.headers.get("content-type") ?? "");
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

/** Texts are UTF-8, unless the server names another charset that is known. */
function decoderOf(contentType: string): TextDecoder {
  const [, charset] = /;\s*charset="?([\w:.-]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
