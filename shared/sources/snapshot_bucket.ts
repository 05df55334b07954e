import { createHash } from "node:crypto";
import type { Bucket, BucketEntry } from "../cache/bucket.ts";
import { forEachOf } from "../for_each_of.ts";
import {
  type Head,
  headOf,
  type KeptSnapshot,
  type KeptStatus,
  snapshotOf,
  statusOf,
} from "./bucket_records.ts";
import type { Snapshot, SourceStatus } from "./source.ts";

/** Options of {@linkcode SnapshotBucket}. */
export interface SnapshotBucketOptions {
  bucket: Bucket;
  /** The source's name. */
  source: string;
  /** The most bytes of a value; longer texts are kept in pieces. */
  maxValueBytes: number;
}

/** Room for what NATS adds to a value. */
const OVERHEAD = 4096;
/** How many texts are read, written or taken away at the same time. */
const AT_ONCE = 32;

/** One process' time of writing. */
export interface Term {
  /** Unlike that of every other one. */
  id: string;
  /** Aborted when it is over: nothing is written any more. */
  signal: AbortSignal;
}

/** The snapshots of one source in a bucket: one process writes them, the others read. */
export class SnapshotBucket {
  readonly #bucket: Bucket;
  readonly #pieceBytes: number;
  readonly #prefix: string;
  /** The texts of the last snapshot that was read or written, by their hash. */
  #texts = new Map<string, string>();
  /** The term of the last write of this process. */
  #writing = "";

  constructor({ bucket, source, maxValueBytes }: SnapshotBucketOptions) {
    this.#bucket = bucket;
    this.#pieceBytes = Math.max(1024, maxValueBytes - OVERHEAD);
    this.#prefix = `source.${hashOf(source).slice(0, 16)}`;
  }

  /** The key that changes with each snapshot. */
  get headKey(): string {
    return `${this.#prefix}.head`;
  }

  /**
   * Begins a leader's time: what a former leader writes from now on is refused. Gives what
   * {@linkcode write} needs; undefined where nothing has been written yet.
   *
   * @throws {DOMException} where the term is over.
   */
  async claim(term: Term): Promise<{ revision: number } | undefined> {
    for (;;) {
      const head = await this.#bucket.get(this.headKey);
      // Who is no leader any more must not take the head from the one who is.
      term.signal.throwIfAborted();
      if (head === undefined) return undefined;
      const known = headOf(head);
      // Written over by what the source gives.
      if (known === undefined) return { revision: head.revision };
      const claimed: Head = { ...known, term: term.id };
      const revision = await this.#bucket.update(this.headKey, encode(claimed), head.revision);
      if (revision !== undefined) return { revision };
      // Somebody wrote between the two; what counts is who comes last.
    }
  }

  /**
   * Writes a snapshot.
   *
   * @param at What `claim` or the last `write` gave.
   * @returns What the next write needs; undefined where another leader has written meanwhile.
   * @throws {DOMException} where the term is over.
   */
  async write(
    snapshot: Snapshot,
    term: Term,
    at: { revision: number } | undefined,
  ): Promise<{ revision: number } | undefined> {
    const { revision, problems, warnings } = snapshot;
    const resources = snapshot.resources && [...snapshot.resources];
    const texts = new Map([...snapshot.files.values()].map((text) => [hashOf(text), text]));
    const files = [...snapshot.files].map(([path, text]) => [path, hashOf(text)]);
    const content = JSON.stringify({ revision, files, resources, problems, warnings });
    const hash = hashOf(content);
    const there = new Set(await this.#bucket.keys(`${this.#prefix}.blob`));
    // What a former leader still takes away is there again by this, and of another revision.
    const kept = this.#writing === term.id ? there : new Set<string>();
    await forEachOf([...texts, [hash, content] as const], AT_ONCE, async ([key, text]) => {
      await this.#writeBlob(key, text, kept, term);
    });
    const before = at === undefined ? undefined : await this.#bucket.get(this.headKey);
    const old = before && headOf(before);
    const head: Head = { snapshot: hash, ...old && { before: old.snapshot }, term: term.id };
    term.signal.throwIfAborted();
    const written = at === undefined
      ? await this.#bucket.create(this.headKey, encode(head))
      : await this.#bucket.update(this.headKey, encode(head), at.revision);
    if (written === undefined) return undefined;
    this.#writing = term.id;
    this.#texts = texts;
    await this.#sweep(head, there, term);
    return { revision: written };
  }

  /**
   * Reads the snapshot that a head names; undefined where it is gone, since a newer one is there.
   *
   * @throws {Error} where that is none that this version knows.
   */
  async read(entry: BucketEntry): Promise<Snapshot | undefined> {
    const head = headOf(entry);
    if (head === undefined) throw unknownForm(entry.key);
    const content = await this.#readBlob(head.snapshot);
    if (content === undefined) return undefined;
    const known = snapshotOf(content);
    if (known === undefined) throw unknownForm(entry.key);
    const { files, ...rest } = known;
    const hashes = [...new Set(files.map(([, hash]) => hash))];
    const texts = new Map<string, string>();
    await forEachOf(hashes, AT_ONCE, async (hash) => {
      const text = this.#texts.get(hash) ?? await this.#readBlob(hash);
      if (text !== undefined) texts.set(hash, text);
    });
    if (texts.size < hashes.length) return undefined;
    this.#texts = texts;
    const { warnings, resources, ...kept } = rest;
    return {
      ...kept,
      ...warnings && { warnings: warnings.map(plain) },
      ...resources && { resources: new Set(resources) },
      problems: rest.problems.map(plain),
      files: new Map(files.map(([path, hash]) => [path, texts.get(hash)!])),
    };
  }

  /** Gives the snapshot that was written last; undefined where there is none that can be read. */
  async last(): Promise<Snapshot | undefined> {
    const entry = await this.#bucket.get(this.headKey);
    return entry && headOf(entry) && await this.read(entry).catch(() => undefined);
  }

  /** Tells the other processes how the source stands; nobody heeds it once the term is over. */
  async writeStatus(status: SourceStatus, term: Term, reads?: string): Promise<void> {
    if (term.signal.aborted) return;
    const { name: _, ...rest } = status;
    await this.#bucket.put(`${this.#prefix}.status`, encode({ ...rest, reads, term: term.id }));
  }

  /**
   * How the source stands by what the one who reads it said last. Undefined where it has said nothing
   * yet, or a former one has spoken since.
   */
  async readStatus(): Promise<Omit<KeptStatus, "term"> | undefined> {
    const entry = await this.#bucket.get(`${this.#prefix}.status`);
    const head = entry && await this.#bucket.get(this.headKey);
    if (entry === undefined || head === undefined) return undefined;
    const { term, ...told } = statusOf(entry);
    return term === headOf(head)?.term ? told : undefined;
  }

  async #writeBlob(hash: string, text: string, there: ReadonlySet<string>, { signal }: Term) {
    const bytes = new TextEncoder().encode(text);
    const pieces = Math.max(1, Math.ceil(bytes.length / this.#pieceBytes));
    for (let i = 0; i < pieces; i++) {
      const key = this.#blobKey(hash, i);
      if (there.has(key)) continue;
      signal.throwIfAborted();
      const piece = bytes.subarray(i * this.#pieceBytes, (i + 1) * this.#pieceBytes);
      await this.#bucket.put(key, piece);
    }
  }

  /** Reads piece by piece until the text is the one of the hash. */
  async #readBlob(hash: string): Promise<string | undefined> {
    const pieces: Uint8Array[] = [];
    const read = createHash("sha256");
    do {
      const entry = await this.#bucket.get(this.#blobKey(hash, pieces.length));
      if (entry === undefined) return undefined;
      pieces.push(entry.value);
      read.update(entry.value);
    } while (read.copy().digest("hex") !== hash);
    const decoder = new TextDecoder();
    return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") +
      decoder.decode();
  }

  #blobKey(hash: string, piece: number): string {
    return `${this.#prefix}.blob.${hash}.${piece}`;
  }

  /** Takes away the texts of neither this snapshot nor the one before. */
  async #sweep({ snapshot, before }: Head, there: ReadonlySet<string>, { signal }: Term) {
    const kept = new Set<string>([snapshot, ...this.#texts.keys()]);
    if (before !== undefined) {
      kept.add(before);
      const content = await this.#readBlob(before);
      const files = content === undefined ? [] : snapshotOf(content)?.files ?? [];
      for (const [, hash] of files) kept.add(hash);
    }
    const hashIn = (key: string) => key.slice(`${this.#prefix}.blob.`.length).split(".")[0]!;
    const gone = [...there].filter((key) => !kept.has(hashIn(key)));
    await forEachOf(gone, AT_ONCE, async (key) => {
      const entry = await this.#bucket.get(key);
      // What the next leader has written anew is of another revision.
      signal.throwIfAborted();
      if (entry !== undefined) await this.#bucket.delete(key, entry.revision);
    });
  }
}

function plain({ file, message, line, column }: KeptSnapshot["problems"][number]) {
  return {
    file,
    message,
    ...line !== undefined && { line },
    ...column !== undefined && { column },
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function unknownForm(key: string): Error {
  return new Error(`what is at "${key}" is damaged, or of another version of genkitd`);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
