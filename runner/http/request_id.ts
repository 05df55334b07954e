/** Makes request ids: 32 hex digits. */
export function newRequestId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

/** Gives the caller's own request id where it is 1 to 128 visible ASCII characters, else a new one. */
export function requestId(given: string | undefined, make: () => string): string {
  return given !== undefined && /^[\x21-\x7e]{1,128}$/.test(given) ? given : make();
}
