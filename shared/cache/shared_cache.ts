import type { Bucket } from "./bucket.ts";

/** The buckets that the nodes share. */
export interface SharedCache {
  /** What sources gave. */
  readonly system: Bucket;
  /** The state of flows. */
  readonly runtime: Bucket;
  /** Who does what: a key that is not renewed goes by itself. */
  readonly leases: Bucket;
  /** The most bytes of a value. */
  readonly maxValueBytes: number;
  /** How long a key of `leases` lives without being renewed, in milliseconds. */
  readonly leaseTtl: number;
  close(): Promise<void>;
}
