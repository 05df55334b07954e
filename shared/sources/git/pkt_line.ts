import { FetchFailure } from "../fetcher.ts";

/** One packet of Git's protocol, or what stands between them; `end` is the end of the answer. */
export type Packet = Uint8Array | "flush" | "delimiter" | "end";

const encoder = new TextEncoder();

/** Writes a line as a packet. */
export function packetLine(line: string): string {
  const bytes = encoder.encode(line).length + 5;
  return `${bytes.toString(16).padStart(4, "0")}${line}\n`;
}

/** What separates and ends lists of packets. */
export const FLUSH = "0000";
/** What separates the parts of one list of packets. */
export const DELIMITER = "0001";

/** Options of {@linkcode PacketReader}. */
export interface PacketReaderOptions {
  /** The most bytes that are read. */
  maxBytes: number;
  /** What is read, for messages, e.g. `what the server sends for a commit`. */
  what: string;
}

/** Reads packets from an answer, piece by piece, and no further than a limit. */
export class PacketReader {
  #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #bytes = 0;
  #options: PacketReaderOptions;

  constructor(stream: AsyncIterable<Uint8Array>, options: PacketReaderOptions) {
    this.#chunks = stream[Symbol.asyncIterator]();
    this.#options = options;
  }

  /**
   * Reads the next packet.
   *
   * @throws {FetchFailure} where the answer is too large, broken off, or no packets.
   */
  async next(): Promise<Packet> {
    if (!await this.#fill(4)) {
      if (this.#rest.length > 0) throw brokenOff();
      return "end";
    }
    const head = new TextDecoder().decode(this.#take(4));
    if (!/^[0-9a-fA-F]{4}$/.test(head)) {
      throw new FetchFailure("InvalidContent", "the answer is none of Git's protocol");
    }
    const length = parseInt(head, 16);
    if (length === 0) return "flush";
    if (length === 1) return "delimiter";
    if (length === 2) return "end";
    if (length < 4 || length > 65_520) {
      throw new FetchFailure("InvalidContent", `a packet has the impossible length ${length}`);
    }
    if (!await this.#fill(length - 4)) throw brokenOff();
    return this.#take(length - 4);
  }

  /** Ends the reading; what is still to come is not taken. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(length: number): Promise<boolean> {
    if (this.#rest.length >= length) return true;
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const { done, value } = await this.#chunks.next();
      if (done) break;
      parts.push(value);
      have += value.length;
      this.#bytes += value.length;
      const { maxBytes, what } = this.#options;
      if (this.#bytes > maxBytes) {
        await this.close();
        throw new FetchFailure("TooLarge", `${what} is more than ${maxBytes} bytes`);
      }
    }
    this.#rest = concat(parts);
    return have >= length;
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** Joins pieces of bytes. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A packet as text, without the newline at its end. */
export function textOf(packet: Uint8Array): string {
  return new TextDecoder().decode(packet).replace(/\n$/, "");
}

/**
 * Throws what the server says in an error packet.
 *
 * @throws {FetchFailure} where the text is that of one.
 */
export function rejectErrorLine(line: string): void {
  if (!line.startsWith("ERR ")) return;
  throw new FetchFailure("NotFound", `the server says "${quotable(line.slice(4))}"`);
}

/** What a server says, short and without control characters. */
export function quotable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, " ").trim().slice(0, 200);
}

function brokenOff(): FetchFailure {
  return new FetchFailure("Unreachable", "the answer breaks off");
}
