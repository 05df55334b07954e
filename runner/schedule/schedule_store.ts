import type { Bucket } from "../../shared/cache/bucket.ts";
import { decodeRecord, encodeRecord, type ScheduleRecord } from "./schedule_record.ts";

/** How often a change is tried that another process comes before. */
const ATTEMPTS = 10;

/** The record of one flow's schedule in a bucket. */
export class ScheduleStore {
  readonly #bucket: Bucket;
  readonly #key: string;

  constructor(bucket: Bucket, key: string) {
    this.#bucket = bucket;
    this.#key = key;
  }

  /** Gives the record; undefined where there is none. */
  async read(): Promise<ScheduleRecord | undefined> {
    const entry = await this.#bucket.get(this.#key);
    return entry && decodeRecord(entry.value);
  }

  /**
   * Changes the record, and no other one's change is lost by it.
   *
   * @param change Gives the record to write, the one it was given where it is well as it is, and
   * undefined to leave it.
   * @returns What is there after it; undefined where `change` left it.
   * @throws {Error} where the bucket cannot be reached; the change may be written all the same.
   */
  async change(
    change: (record: ScheduleRecord | undefined) => ScheduleRecord | undefined,
  ): Promise<ScheduleRecord | undefined> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const entry = await this.#bucket.get(this.#key);
      const before = entry && decodeRecord(entry.value);
      const after = change(before);
      if (after === undefined || after === before) return after;
      const value = encodeRecord(after);
      const written = entry === undefined
        ? await this.#bucket.create(this.#key, value)
        : await this.#bucket.update(this.#key, value, entry.revision);
      if (written !== undefined) return after;
    }
    throw new Error(`the record "${this.#key}" was changed by others ${ATTEMPTS} times`);
  }
}
