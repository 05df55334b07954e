import { FetchFailure } from "../fetcher.ts";

/**
 * Reads how long the result of a delta is, in bytes.
 *
 * @throws {FetchFailure} where it is no delta.
 */
export function deltaSize(delta: Uint8Array): number {
  return header(delta).resultSize;
}

/**
 * Makes an object out of another one and a delta.
 *
 * @throws {FetchFailure} where the delta does not fit.
 * @see https://git-scm.com/docs/pack-format
 */
export function applyDelta(base: Uint8Array, delta: Uint8Array): Uint8Array {
  const { baseSize, resultSize, start } = header(delta);
  if (baseSize !== base.length) throw misfit();
  const result = new Uint8Array(resultSize);
  let written = 0;
  let at = start;
  const byte = () => {
    const value = delta[at++];
    if (value === undefined) throw misfit();
    return value;
  };
  while (at < delta.length) {
    const op = byte();
    if (op === 0) throw misfit();
    let piece: Uint8Array;
    if (op < 0x80) {
      piece = delta.subarray(at, at + op);
      at += op;
      if (piece.length !== op) throw misfit();
    } else {
      let [offset, size] = [0, 0];
      for (let i = 0; i < 4; i++) if (op & (1 << i)) offset += byte() * 2 ** (8 * i);
      for (let i = 0; i < 3; i++) if (op & (0x10 << i)) size += byte() * 2 ** (8 * i);
      if (size === 0) size = 0x10000;
      if (offset + size > base.length) throw misfit();
      piece = base.subarray(offset, offset + size);
    }
    if (written + piece.length > resultSize) throw misfit();
    result.set(piece, written);
    written += piece.length;
  }
  if (written !== resultSize) throw misfit();
  return result;
}

function header(delta: Uint8Array) {
  let start = 0;
  const size = () => {
    let value = 0;
    for (let shift = 0; shift <= 42; shift += 7) {
      const byte = delta[start++];
      if (byte === undefined) throw misfit();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw misfit();
  };
  const baseSize = size();
  return { baseSize, resultSize: size(), start };
}

function misfit(): FetchFailure {
  return new FetchFailure("InvalidContent", "the pack holds a delta that does not fit");
}
