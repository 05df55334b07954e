/** Whether a server may replace its pods now. */
export type Turn =
  | { turn: "go" }
  /** Too many others are at it; told by `onTurn` when it is time. */
  | { turn: "wait"; underWay: number }
  /** The same change made others fail: waits until `cause` changes again. */
  | { turn: "halt"; cause: string };

/** What a {@linkcode RolloutQueue} works with. */
export interface RolloutQueueOptions {
  /** How many servers may replace their pods at once; 0 for no limit. */
  max: number;
  /** After how many failed rollouts in a row one change is held back from the others. */
  failures?: number;
  /** Called for a server whose turn may have come. */
  onTurn(server: string): void;
}

/**
 * Paces rollouts: an edit of a shared object changes the pods of many servers, and replacing them
 * all at once would overload nodes, and break all of them where the edit is bad.
 */
export class RolloutQueue {
  readonly #options: Required<RolloutQueueOptions>;
  /** The servers at it, with what made each start. */
  readonly #active = new Map<string, readonly string[]>();
  /** The servers that wait; those that serve nothing now come first. */
  readonly #waiting = new Map<string, { first: boolean; causes: readonly string[] }>();
  /** How many rollouts failed in a row, by cause. */
  readonly #failed = new Map<string, number>();

  constructor(options: RolloutQueueOptions) {
    this.#options = { failures: 3, ...options };
  }

  /**
   * Asks for a turn. `causes` names the changed objects with their versions; `first` goes before
   * others.
   */
  request(server: string, causes: readonly string[], first: boolean): Turn {
    const { max, failures } = this.#options;
    const cause = causes.find((cause) => (this.#failed.get(cause) ?? 0) >= failures);
    if (cause !== undefined && !first) {
      this.#waiting.set(server, { first, causes });
      return { turn: "halt", cause };
    }
    if (this.#active.has(server)) {
      this.#active.set(server, causes);
      return { turn: "go" };
    }
    const free = max === 0 || this.#active.size < max;
    if (free && this.#isNext(server, first)) {
      this.#waiting.delete(server);
      this.#active.set(server, causes);
      return { turn: "go" };
    }
    if (this.#waiting.get(server)?.first !== first) this.#waiting.delete(server);
    this.#waiting.set(server, { first, causes });
    return { turn: "wait", underWay: this.#active.size };
  }

  /** Says that a server's pods are being replaced, by whatever started that. */
  underWay(server: string): void {
    this.#waiting.delete(server);
    if (!this.#active.has(server)) this.#active.set(server, []);
  }

  /** Says that a server's pods are all replaced, or that they cannot be. */
  finished(server: string, ok: boolean): void {
    this.#waiting.delete(server);
    const causes = this.#active.get(server);
    if (causes === undefined) return;
    this.#active.delete(server);
    for (const cause of causes) {
      if (ok) this.#failed.delete(cause);
      else this.#fail(cause);
    }
    // What nobody waits for any more is forgotten.
    if (this.#active.size === 0 && this.#waiting.size === 0) this.#failed.clear();
    this.#wakeNext();
  }

  /** Forgets a server that is no more. */
  forget(server: string): void {
    this.#waiting.delete(server);
    if (this.#active.delete(server)) this.#wakeNext();
  }

  #fail(cause: string): void {
    const { failures, onTurn } = this.#options;
    const failed = (this.#failed.get(cause) ?? 0) + 1;
    this.#failed.set(cause, failed);
    if (failed !== failures) return;
    // Those that waited for their turn wait for something else now, and should say so.
    for (const [server, { causes }] of this.#waiting) if (causes.includes(cause)) onTurn(server);
  }

  /** Whether nobody waits who goes before this server. */
  #isNext(server: string, first: boolean): boolean {
    if (this.#options.max === 0) return true;
    const free = this.#options.max - this.#active.size;
    const before = this.#order().filter(([other]) => other !== server);
    const ahead = before.filter(([other, waiting]) =>
      waiting.first && !first || (waiting.first === first && this.#cameBefore(other, server))
    );
    return ahead.length < free;
  }

  #cameBefore(other: string, server: string): boolean {
    if (!this.#waiting.has(server)) return true;
    for (const each of this.#waiting.keys()) {
      if (each === other) return true;
      if (each === server) return false;
    }
    return false;
  }

  #order(): [string, { first: boolean; causes: readonly string[] }][] {
    const { failures } = this.#options;
    const open = [...this.#waiting].filter(([, { first, causes }]) =>
      first || !causes.some((cause) => (this.#failed.get(cause) ?? 0) >= failures)
    );
    return open.sort(([, a], [, b]) => Number(b.first) - Number(a.first));
  }

  #wakeNext(): void {
    const { max, onTurn } = this.#options;
    for (const [server] of this.#order().slice(0, Math.max(0, max - this.#active.size))) {
      onTurn(server);
    }
  }
}
