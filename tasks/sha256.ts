/** Gives the SHA-256 of bytes, in hexadecimal digits. */
export async function sha256(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>);
  return new Uint8Array(digest).toHex();
}
