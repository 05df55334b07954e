/** A value of a bucket. */
export interface BucketEntry {
  key: string;
  value: Uint8Array;
  /** Grows with every change of the bucket, and says which version of the key this is. */
  revision: number;
}

/** A change of a key: its new value, or that it is gone. */
export type BucketChange =
  | { type: "put"; entry: BucketEntry }
  | { type: "deleted"; key: string };

/**
 * Keys and values that several processes share. Keys are of letters, digits, `-`, `_`, `=` and `.`,
 * which parts them into segments.
 */
export interface Bucket {
  /** Gives a key's value; undefined where there is none. */
  get(key: string): Promise<BucketEntry | undefined>;
  /** Sets a value, whatever was there. Gives its revision. */
  put(key: string, value: Uint8Array): Promise<number>;
  /** Sets a value where there is none. Gives its revision; undefined where there is one. */
  create(key: string, value: Uint8Array): Promise<number | undefined>;
  /** Sets a value in place of that of `revision`. Undefined where that is not the one any more. */
  update(key: string, value: Uint8Array, revision: number): Promise<number | undefined>;
  /** Takes a key away; where `revision` is given, only if it is the one that is there. */
  delete(key: string, revision?: number): Promise<void>;
  /** The keys that begin with these segments, e.g. `blob.a` of `blob.a.b`. */
  keys(prefix: string): Promise<string[]>;
  /** Gives what a key holds now, if anything, and each change of it. Ends with the signal. */
  watch(key: string, signal: AbortSignal): AsyncIterable<BucketChange>;
}
