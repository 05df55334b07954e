import { createHash } from "node:crypto";
import { z } from "zod";
import type { Bucket, BucketEntry } from "../cache/bucket.ts";
import type { Snapshot, SourceStatus } from "./source.ts";

/** Options of {@linkcode SnapshotBucket}. */
export interface SnapshotBucketOptions {
  bucket: Bucket;
  /** The source's name. */
  source: string;
  /** The most bytes of a value; longer texts are kept in pieces. */
  maxValueBytes: number;
}

const problem = z.object({
  file: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  message: z.string(),
});

/** What is kept of a snapshot; each text stands apart, under its hash. */
const snapshotSchema = z.object({
  revision: z.string(),
  files: z.array(z.tuple([z.string(), z.string()])),
  resources: z.array(z.string()).optional(),
  problems: z.array(problem),
  warnings: z.array(problem).optional(),
});

const headSchema = z.object({
  /** The hash of the snapshot. */
  snapshot: z.string(),
  /** The one before: who reads it just now still finds its texts. */
  before: z.string().optional(),
  /** Changed by each leader, so that what a former one still writes is refused. */
  term: z.string(),
});

const statusSchema = z.object({
  revision: z.string().optional(),
  lastSuccess: z.coerce.date().optional(),
  lastError: z.object({ at: z.coerce.date(), message: z.string() }).optional(),
  nextPoll: z.coerce.date().optional(),
});

type Head = z.infer<typeof headSchema>;

/** Room for what NATS adds to a value. */
const OVERHEAD = 4096;

/** The snapshots of one source in a bucket: one process writes them, the others read. */
export class SnapshotBucket {
  readonly #bucket: Bucket;
  readonly #pieceBytes: number;
  readonly #prefix: string;
  /** The texts of the last snapshot that was read or written, by their hash. */
  #texts = new Map<string, string>();

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
   * {@linkcode write} needs.
   */
  async claim(term: string): Promise<{ revision: number } | undefined> {
    const head = await this.#bucket.get(this.headKey);
    if (head === undefined) return undefined;
    const revision = await this.#bucket.update(
      this.headKey,
      encode({ ...headSchema.parse(decode(head)), term }),
      head.revision,
    );
    // Somebody wrote between the two; what counts is who comes last.
    return revision === undefined ? await this.claim(term) : { revision };
  }

  /**
   * Writes a snapshot.
   *
   * @param at What `claim` or the last `write` gave.
   * @returns What the next write needs; undefined where another leader has written meanwhile.
   */
  async write(
    snapshot: Snapshot,
    term: string,
    at: { revision: number } | undefined,
  ): Promise<{ revision: number } | undefined> {
    const { revision, problems, warnings } = snapshot;
    const resources = snapshot.resources && [...snapshot.resources];
    const texts = new Map([...snapshot.files.values()].map((text) => [hashOf(text), text]));
    const files = [...snapshot.files].map(([path, text]) => [path, hashOf(text)]);
    const content = JSON.stringify({ revision, files, resources, problems, warnings });
    const hash = hashOf(content);
    const there = new Set(await this.#bucket.keys(`${this.#prefix}.blob`));
    for (const [key, text] of [...texts, [hash, content] as const]) {
      await this.#writeBlob(key, text, there);
    }
    const before = at === undefined ? undefined : await this.#bucket.get(this.headKey);
    const old = before && headSchema.parse(decode(before));
    const head: Head = { snapshot: hash, ...old && { before: old.snapshot }, term };
    const written = at === undefined
      ? await this.#bucket.create(this.headKey, encode(head))
      : await this.#bucket.update(this.headKey, encode(head), at.revision);
    if (written === undefined) return undefined;
    this.#texts = texts;
    await this.#sweep(head, there);
    return { revision: written };
  }

  /** Reads the snapshot that a head names; undefined where it is gone, since a newer one is there. */
  async read(entry: BucketEntry): Promise<Snapshot | undefined> {
    const head = headSchema.parse(decode(entry));
    const content = await this.#readBlob(head.snapshot);
    if (content === undefined) return undefined;
    const { files, ...rest } = snapshotSchema.parse(JSON.parse(content));
    const texts = new Map<string, string>();
    for (const [, hash] of files) {
      const text = this.#texts.get(hash) ?? texts.get(hash) ?? await this.#readBlob(hash);
      if (text === undefined) return undefined;
      texts.set(hash, text);
    }
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

  /** Tells the other processes how the source stands. */
  async writeStatus(status: SourceStatus): Promise<void> {
    const { name: _, ...rest } = status;
    await this.#bucket.put(`${this.#prefix}.status`, encode(rest));
  }

  /** How the source stands by what the one who reads it said last. */
  async readStatus(): Promise<Omit<SourceStatus, "name">> {
    const entry = await this.#bucket.get(`${this.#prefix}.status`);
    if (entry === undefined) return {};
    return withoutUndefined(statusSchema.parse(decode(entry)));
  }

  async #writeBlob(hash: string, text: string, there: ReadonlySet<string>): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    const pieces = Math.max(1, Math.ceil(bytes.length / this.#pieceBytes));
    for (let i = 0; i < pieces; i++) {
      const key = this.#blobKey(hash, i, pieces);
      if (there.has(key)) continue;
      const piece = bytes.subarray(i * this.#pieceBytes, (i + 1) * this.#pieceBytes);
      await this.#bucket.put(key, piece);
    }
  }

  async #readBlob(hash: string): Promise<string | undefined> {
    const decoder = new TextDecoder();
    let text = "";
    for (let i = 0, pieces = 1; i < pieces; i++) {
      const entry = i === 0
        ? await this.#firstPiece(hash)
        : await this.#bucket.get(this.#blobKey(hash, i, pieces));
      if (entry === undefined) return undefined;
      pieces = Number(entry.key.split(".").at(-1));
      text += decoder.decode(entry.value, { stream: i + 1 < pieces });
    }
    return hashOf(text) === hash ? text : undefined;
  }

  async #firstPiece(hash: string): Promise<BucketEntry | undefined> {
    const [key] = await this.#bucket.keys(`${this.#prefix}.blob.${hash}.0`);
    return key === undefined ? undefined : await this.#bucket.get(key);
  }

  #blobKey(hash: string, piece: number, pieces: number): string {
    return `${this.#prefix}.blob.${hash}.${piece}.${pieces}`;
  }

  /** Takes away the texts of neither this snapshot nor the one before. */
  async #sweep({ snapshot, before }: Head, there: ReadonlySet<string>): Promise<void> {
    const kept = new Set<string>([snapshot, ...this.#texts.keys()]);
    if (before !== undefined) {
      kept.add(before);
      const content = await this.#readBlob(before);
      const files = content === undefined ? [] : snapshotSchema.parse(JSON.parse(content)).files;
      for (const [, hash] of files) kept.add(hash);
    }
    for (const key of there) {
      const [hash = ""] = key.slice(`${this.#prefix}.blob.`.length).split(".");
      if (!kept.has(hash)) await this.#bucket.delete(key);
    }
  }
}

function plain({ file, message, line, column }: z.infer<typeof problem>) {
  return {
    file,
    message,
    ...line !== undefined && { line },
    ...column !== undefined && { column },
  };
}

function withoutUndefined(
  { revision, lastSuccess, lastError, nextPoll }: z.infer<typeof statusSchema>,
) {
  return {
    ...revision !== undefined && { revision },
    ...lastSuccess !== undefined && { lastSuccess },
    ...lastError !== undefined && { lastError },
    ...nextPoll !== undefined && { nextPoll },
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function decode({ value }: BucketEntry): unknown {
  return JSON.parse(new TextDecoder().decode(value));
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
