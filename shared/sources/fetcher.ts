import type { Snapshot } from "./source.ts";

/** Reads a source that must be asked, such as a Git repository or a registry, once per call. */
export interface Fetcher {
  /**
   * Reads what is there now; undefined where that is what it gave last. It asks as little as it can:
   * one request where nothing has changed. It ends soon after `signal` is aborted.
   *
   * @throws {FetchFailure} in words for a person, without credentials.
   */
  fetch(signal: AbortSignal): Promise<Snapshot | undefined>;
}

/** Why a source could not be read, for those who tell it on: the reasons of conditions, logs. */
export type FetchFailureReason =
  /** 401, 403: the credentials are missing, wrong or do not suffice. */
  | "AuthenticationFailed"
  /** There is no such repository, artifact, branch, tag or folder. */
  | "NotFound"
  /** It could not be reached, or answered by an error of its own: 429, 5xx, TLS, a time-out. */
  | "Unreachable"
  /** It is larger than the limits allow. */
  | "TooLarge"
  /** What came cannot be used: no such format, broken, hostile. */
  | "InvalidContent"
  /** It is not signed as it should be. */
  | "VerificationFailed";

/** A source could not be read. The message is for a person and holds no credentials. */
export class FetchFailure extends Error {
  override readonly name = "FetchFailure";
  readonly reason: FetchFailureReason;
  /** How many milliseconds the server asks to be left alone; absent where it does not. */
  readonly retryAfter?: number;

  constructor(
    reason: FetchFailureReason,
    message: string,
    { retryAfter, cause }: { retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.reason = reason;
    if (retryAfter !== undefined) this.retryAfter = retryAfter;
  }
}
