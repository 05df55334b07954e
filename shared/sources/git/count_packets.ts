/**
 * Counts the packets of OpenPGP in some bytes without looking into them; undefined where they do not
 * end where the last one does, or one does not say how long it is.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9580#section-4.2
 */
export function countPackets(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  let at = 0;
  try {
    for (; at < bytes.length; count++) {
      const next = endOfPacket(view, at);
      if (next === undefined) return undefined;
      at = next;
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return at === bytes.length ? count : undefined;
}

/** @throws {RangeError} where the header is cut short. */
function endOfPacket(view: DataView, at: number): number | undefined {
  const first = view.getUint8(at);
  if (first < 0x80) return undefined;
  if (first < 0xc0) {
    // The older form, which gpg still writes.
    switch (first & 3) {
      case 0:
        return at + 2 + view.getUint8(at + 1);
      case 1:
        return at + 3 + view.getUint16(at + 1);
      case 2:
        return at + 5 + view.getUint32(at + 1);
      default:
        return undefined;
    }
  }
  const length = view.getUint8(at + 1);
  if (length < 192) return at + 2 + length;
  if (length < 224) return at + 3 + ((length - 192) << 8) + view.getUint8(at + 2) + 192;
  return length === 255 ? at + 6 + view.getUint32(at + 2) : undefined;
}
