/**
 * Who read what: from the targets of reads to the readers. A reader's reads are noted at once, so
 * that nothing is missed while it works, and forgotten when its next run did not read them again.
 */
export class Edges {
  readonly #readers = new Map<string, Set<string>>();
  readonly #targets = new Map<string, Set<string>>();
  readonly #unread: (target: string) => void;

  /** `unread` is called when a target has lost its last reader. */
  constructor(unread: (target: string) => void = () => {}) {
    this.#unread = unread;
  }

  /** Starts a run of a reader. */
  begin(reader: string): Run {
    const seen = new Set<string>();
    return {
      read: (target) => {
        if (seen.has(target)) return;
        seen.add(target);
        let readers = this.#readers.get(target);
        if (readers === undefined) this.#readers.set(target, readers = new Set());
        readers.add(reader);
      },
      end: () => {
        for (const target of this.#targets.get(reader) ?? []) {
          if (!seen.has(target)) this.#remove(target, reader);
        }
        if (seen.size === 0) this.#targets.delete(reader);
        else this.#targets.set(reader, seen);
      },
    };
  }

  /** Gives all that read a target. */
  readersOf(target: string): Iterable<string> {
    return this.#readers.get(target) ?? [];
  }

  /** Whether anybody read a target. */
  has(target: string): boolean {
    return this.#readers.has(target);
  }

  /** Forgets a reader that is no more. */
  forget(reader: string): void {
    for (const target of this.#targets.get(reader) ?? []) this.#remove(target, reader);
    this.#targets.delete(reader);
  }

  #remove(target: string, reader: string): void {
    const readers = this.#readers.get(target);
    readers?.delete(reader);
    if (readers?.size !== 0) return;
    this.#readers.delete(target);
    this.#unread(target);
  }
}

/** One run of a reader. */
export interface Run {
  /** Notes that a target was read. */
  read(target: string): void;
  /** Forgets the earlier runs' reads that this one did not repeat. */
  end(): void;
}
