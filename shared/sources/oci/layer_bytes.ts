import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { FetchFailure } from "../fetcher.ts";
import type { IsResource } from "../resource_files.ts";
import type { Descriptor } from "./manifest.ts";
import { bodyParts } from "./read_json.ts";
import { watchedBytes } from "./watched_bytes.ts";

/** How much an artifact may be, counted down over all of its layers. */
export interface Budget {
  /** The bytes that may still be sent. */
  sent: number;
  /** The bytes that may still be unpacked. */
  unpacked: number;
  /** The files, folders and links that may still come. */
  entries: number;
  readonly maxFileBytes: number;
  /** Which files are wanted besides those that can hold objects; none where it is absent. */
  readonly isResource?: IsResource | undefined;
}

/**
 * Gives what is sent of a blob piece by piece, and throws at its end where that is not what the
 * digest says: nothing may be used before the end.
 *
 * @throws {FetchFailure} InvalidContent, or TooLarge beyond the budget.
 */
export async function* verifiedBytes(
  body: ReadableStream<Uint8Array> | null,
  { digest, size }: Pick<Descriptor, "digest" | "size">,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  let read = 0;
  for await (const part of bodyParts(body)) {
    read += part.length;
    if (read > size) break;
    budget.sent -= part.length;
    if (budget.sent < 0) throw new FetchFailure("TooLarge", "it is larger than maxBytes allows");
    hash.update(part);
    yield part;
  }
  if (read !== size) {
    const many = read > size ? "more than" : `${read} of`;
    throw new FetchFailure("InvalidContent", `of "${digest}" ${many} its ${size} bytes came`);
  }
  const actual = `sha256:${hash.digest("hex")}`;
  if (actual !== digest) {
    throw new FetchFailure("InvalidContent", `what came as "${digest}" is "${actual}"`);
  }
}

/**
 * Unpacks gzip where the bytes are that: some clients pack folders and give them another type.
 *
 * @throws {FetchFailure} TooLarge beyond the budget, InvalidContent where it is broken.
 */
export async function* unpackedBytes(
  bytes: AsyncGenerator<Uint8Array>,
  form: "file" | "tar" | "tar+gzip",
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  const first = await firstBytes(bytes);
  // No tar begins with the first two bytes of gzip (RFC 1952, section 2.3.1).
  const isGzip = form === "tar+gzip" || form === "tar" && first[0] === 0x1f && first[1] === 0x8b;
  const all = prepend(first, bytes);
  for await (const part of isGzip ? gunzip(all) : all) {
    budget.unpacked -= part.length;
    if (budget.unpacked < 0) {
      throw new FetchFailure("TooLarge", "unpacked, it is larger than maxBytes allows");
    }
    yield part;
  }
}

async function firstBytes(bytes: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let first = new Uint8Array();
  while (first.length < 2) {
    const { done, value } = await bytes.next();
    if (done) break;
    first = first.length === 0 ? value as typeof first : new Uint8Array([...first, ...value]);
  }
  return first;
}

async function* prepend(
  first: Uint8Array,
  rest: AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** All members (RFC 1952, section 2.2): eStargz, for one, makes one of each file. */
async function* gunzip(bytes: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { bytes: all, failure } = watchedBytes(bytes);
  const input = Readable.from(all);
  const output = createGunzip();
  input.on("error", (error) => output.destroy(error));
  try {
    yield* input.pipe(output);
    // Zeros may follow the last member, and the digest is of the whole.
    for await (const _ of all);
  } catch (error) {
    if (failure() !== undefined) throw failure();
    if (error instanceof FetchFailure) throw error;
    throw new FetchFailure("InvalidContent", "it is not valid gzip", { cause: error });
  } finally {
    input.destroy();
    output.destroy();
  }
  if (failure() !== undefined) throw failure();
}
