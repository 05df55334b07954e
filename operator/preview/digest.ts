/** The SHA-256 of a value in base64, which is kept for comparing alone. */
export async function digest(base64: string): Promise<string> {
  const bytes = Uint8Array.fromBase64(base64);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
