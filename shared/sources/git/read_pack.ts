import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import { FetchFailure } from "../fetcher.ts";
import { applyDelta, deltaSize } from "./apply_delta.ts";
import { type GitObject, objectId } from "./git_object.ts";
import { skipInflated } from "./skip_inflated.ts";

/** Limits of {@linkcode readPack}. */
export interface PackLimits {
  /** The most bytes of one object; larger ones are left out. */
  maxObjectBytes: number;
  /** The most bytes of all objects. */
  maxBytes: number;
  signal: AbortSignal;
}

/** What a pack holds. */
export interface PackContent {
  /** By their ids, which are computed from what they hold. */
  objects: Map<string, GitObject>;
  /** The ids of objects that were left out since they are too large, as far as they are known. */
  tooLarge: Set<string>;
}

/** The most objects of a pack: what is kept of each costs memory, however small it is. */
const MAX_OBJECTS = 250_000;
/** As many times `maxBytes` is unpacked at most, where it is not kept. */
const UNKEPT = 10;
/** How often the deltas are gone through. */
const MAX_ROUNDS = 64;
/** How much is hashed at once, in bytes. */
const PIECE = 1024 * 1024;
/** So many milliseconds the process may do nothing else. */
const SLICE = 10;

const TYPES = { 1: "commit", 2: "tree", 3: "blob", 4: "tag" } as const;

/** An object of a pack; of a delta with what it is a delta of, by its place or id. */
interface Entry {
  type: GitObject["type"] | "delta";
  data: Uint8Array;
  base?: number | string;
}

/**
 * Unpacks a pack. Nothing in it is believed: sizes are checked before room is made for them, the
 * checksum, and what each delta is made of.
 *
 * @throws {FetchFailure} where it is broken, or larger than the limits.
 * @see https://git-scm.com/docs/pack-format
 */
export async function readPack(pack: Uint8Array, limits: PackLimits): Promise<PackContent> {
  const breathe = breather(limits.signal);
  const count = checkHeader(pack);
  await checkSum(pack, breathe);
  const end = pack.length - 20;
  const entries = new Map<number, Entry>();
  const content: PackContent = { objects: new Map(), tooLarge: new Set() };
  const byId = new Map<string, number>();
  let kept = 0;
  let unkept = 0;
  const keep = (bytes: number) => {
    kept += bytes;
    if (kept <= limits.maxBytes) return;
    throw new FetchFailure("TooLarge", `the commit is more than ${limits.maxBytes} bytes unpacked`);
  };

  let at = 12;
  for (let i = 0; i < count; i++) {
    await breathe();
    const offset = at;
    const head = readHead(pack, at, end);
    at = head.at;
    const type = head.type in TYPES ? TYPES[head.type as keyof typeof TYPES] : "delta";
    if (head.size > limits.maxObjectBytes) {
      unkept += head.size;
      if (unkept > UNKEPT * limits.maxBytes) keep(Infinity);
      const skipped = await skipInflated(pack.subarray(at, end), { ...head, type }, limits.signal);
      if (type !== "delta") content.tooLarge.add(skipped.oid);
      at += skipped.packed;
      continue;
    }
    keep(head.size);
    const { data, packed } = inflate(pack.subarray(at, end), head.size);
    at += packed;
    entries.set(offset, { type, data, ...head.base !== undefined && { base: head.base } });
    if (type === "delta") continue;
    const oid = objectId({ type, data });
    byId.set(oid, offset);
    content.objects.set(oid, { type, data });
  }
  if (at !== end) throw broken("holds more than it says");

  await resolveDeltas(entries, byId, content, async (delta) => {
    await breathe();
    const size = deltaSize(delta);
    if (size > limits.maxObjectBytes) return false;
    keep(size);
    return true;
  });
  return content;
}

/** Makes objects of deltas, each once; `fits` tells whether the result may be made. */
async function resolveDeltas(
  entries: Map<number, Entry>,
  byId: Map<string, number>,
  { objects }: PackContent,
  fits: (delta: Uint8Array) => Promise<boolean>,
): Promise<void> {
  let waiting = [...entries].filter(([, { type }]) => type === "delta").map(([offset]) => offset);
  // One by its id may be a delta of one that comes later; servers hardly ever send that.
  for (let round = 0; waiting.length > 0; round++) {
    if (round === MAX_ROUNDS) throw broken("holds deltas of nothing");
    const later: number[] = [];
    for (const offset of waiting) {
      const { base, data: delta } = entries.get(offset)!;
      const place = typeof base === "string" ? byId.get(base) : base;
      const from = entries.get(place ?? -1);
      if (from?.type === "delta" || typeof base === "string" && from === undefined) {
        later.push(offset);
        continue;
      }
      // What is made of an object that was left out is left out as well.
      if (from === undefined || !await fits(delta)) {
        entries.delete(offset);
        continue;
      }
      const object = { type: from.type, data: applyDelta(from.data, delta) };
      const oid = objectId(object);
      entries.set(offset, object);
      byId.set(oid, offset);
      objects.set(oid, object);
    }
    waiting = later;
  }
}

function checkHeader(pack: Uint8Array): number {
  if (pack.length < 32) throw broken("is cut off");
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const [magic, version, count] = [view.getUint32(0), view.getUint32(4), view.getUint32(8)];
  if (magic !== 0x5041434b || version !== 2) throw broken("has another format than version 2");
  if (count > MAX_OBJECTS) {
    throw new FetchFailure("TooLarge", `the commit has more than ${MAX_OBJECTS} objects`);
  }
  return count;
}

async function checkSum(pack: Uint8Array, breathe: () => Promise<void>): Promise<void> {
  const hash = createHash("sha1");
  for (let at = 0; at < pack.length - 20; at += PIECE) {
    hash.update(pack.subarray(at, Math.min(at + PIECE, pack.length - 20)));
    await breathe();
  }
  if (hash.digest("hex") === pack.subarray(-20).toHex()) return;
  throw broken("is cut off or damaged: its checksum differs");
}

/** What stands before an object: its type, its size, and what a delta is made of. */
function readHead(pack: Uint8Array, start: number, end: number) {
  let at = start;
  const byte = () => {
    if (at >= end) throw broken("is cut off");
    return pack[at++]!;
  };
  let next = byte();
  const type = (next >> 4) & 7;
  let size = next & 15;
  for (let shift = 4; next >= 0x80; shift += 7) {
    next = byte();
    if (shift > 46) throw broken("holds an impossible size");
    size += (next & 0x7f) * 2 ** shift;
  }
  if (type in TYPES) return { type, size, at };
  if (type === 7) {
    if (at + 20 > end) throw broken("is cut off");
    return { type, size, at: at + 20, base: pack.subarray(at, at + 20).toHex() };
  }
  if (type !== 6) throw broken(`holds an object of the unknown type ${type}`);
  next = byte();
  let back = next & 0x7f;
  while (next >= 0x80) {
    next = byte();
    back = (back + 1) * 128 + (next & 0x7f);
    if (back > start) throw broken("holds a delta of nothing");
  }
  if (back === 0 || back > start) throw broken("holds a delta of nothing");
  return { type, size, at, base: start - back };
}

/** Unpacks exactly `size` bytes, and tells from how many. */
function inflate(packed: Uint8Array, size: number): { data: Uint8Array; packed: number } {
  try {
    const { buffer, engine } = inflateSync(packed, {
      info: true,
      maxOutputLength: Math.max(1, size),
      chunkSize: Math.max(64, Math.min(size + 1, 65_536)),
    }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
    if (buffer.length !== size) throw new Error("another size");
    return { data: buffer, packed: engine.bytesWritten };
  } catch (cause) {
    throw broken("holds an object that cannot be unpacked to the size it says", cause);
  }
}

/** Gives the rest of the process its turn now and then, and heeds the signal. */
function breather(signal: AbortSignal): () => Promise<void> {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < SLICE) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal.throwIfAborted();
    since = performance.now();
  };
}

function broken(fault: string, cause?: unknown): FetchFailure {
  return new FetchFailure("InvalidContent", `the pack that the server sends ${fault}`, { cause });
}
