import type { Clock } from "../../shared/clock.ts";
import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { heldFetch } from "../../shared/held_fetch.ts";
import type { ReadApiKeys } from "./api_keys.ts";
import { authenticate, type Caller } from "./authenticate.ts";
import { type Arriving, checkWebsite } from "./check_website.ts";
import { CorsPolicy } from "./cors_policy.ts";
import { RateLimit } from "./rate_limit.ts";
import { Turnstile } from "./turnstile.ts";
import { tokenVerifier, type VerifyToken } from "./verify_token.ts";

/** Settings of a flow that say who may call it, how often, and from which websites. */
export type GuardSettings = Pick<RuntimeConfig, "auth" | "limits" | "cors">;

/** What a guard goes by. */
export interface GuardOptions {
  clock: Clock;
  /** The address or name that the server listens on. */
  listening: string;
  /** Asks issuers of tokens for their keys. */
  fetch?: typeof globalThis.fetch;
  /** Is told why an issuer could not be asked. */
  onIssuerFailure?: (reason: string) => void;
}

/** What a guard looks at. */
export interface Arrival {
  request: Arriving;
  /** Where the request comes from; callers that have no name are told apart by it. */
  address: string;
  /** The flow keeps answers: the call may need no turn. */
  isCached?: boolean;
}

/** Stands before a flow: who may call it, how often, and how many at once. */
export class FlowGuard {
  /** Gives the flow's API keys as they are now; nobody has one until this is set. */
  readApiKeys: ReadApiKeys = () => new Map();
  /** Which websites may call the flow; none where it is absent. */
  readonly cors: CorsPolicy | undefined;
  readonly #settings: GuardSettings;
  readonly #listening: string;
  readonly #verify: VerifyToken | undefined;
  readonly #rate: RateLimit | undefined;
  readonly #tokens: RateLimit | undefined;
  readonly #turnstile: Turnstile | undefined;

  constructor(settings: GuardSettings, options: GuardOptions) {
    this.#settings = settings;
    this.#listening = options.listening;
    const { auth, limits, cors } = settings;
    const { clock, fetch = heldFetch, onIssuerFailure = () => {} } = options;
    if (auth?.jwt) {
      this.#verify = tokenVerifier(auth.jwt, { clock, fetch, onFailure: onIssuerFailure });
    }
    const { requestsPerSecond, burst, concurrency, queue, tokensPerMinute } = limits ?? {};
    if (requestsPerSecond) {
      const atOnce = burst ?? Math.max(1, Math.ceil(requestsPerSecond));
      this.#rate = new RateLimit({ perSecond: requestsPerSecond, burst: atOnce, clock });
    }
    if (tokensPerMinute) {
      const perSecond = tokensPerMinute / 60;
      this.#tokens = new RateLimit({ perSecond, burst: tokensPerMinute, clock });
    }
    if (concurrency) {
      this.#turnstile = new Turnstile({ concurrency, queue: queue ?? concurrency });
    }
    if (cors) this.cors = new CorsPolicy(cors, auth?.apiKeys?.header);
  }

  /** What one request of the flow may use, where the flow says so. */
  get limits(): { bodyBytes?: number; requestTimeout?: number } {
    const { bodyBytes, timeoutSeconds } = this.#settings.limits ?? {};
    return {
      ...bodyBytes && { bodyBytes },
      ...timeoutSeconds && { requestTimeout: timeoutSeconds * 1000 },
    };
  }

  /** How many calls run, and how many wait for their turn. */
  get load(): { inside: number; waiting: number } {
    return this.#turnstile?.load ?? { inside: 0, waiting: 0 };
  }

  /**
   * Finds out who calls, before the body is read.
   *
   * @throws {FlowError} 401, 403 (without auth, also for another website), or with `Retry-After` 429, 503 where too many wait already, and 503
   * where tokens cannot be checked now.
   */
  async admit({ request, address, isCached = false }: Arrival): Promise<Caller> {
    const { auth } = this.#settings;
    if (!auth) checkWebsite(request, { cors: this.cors, listening: this.#listening });
    const caller = auth
      ? await authenticate(request.headers, {
        auth,
        readApiKeys: this.readApiKeys,
        verify: this.#verify,
      })
      : { name: `address ${address}` };
    // It may be otherwise once the body has been read, but no overload should have that to do.
    if (this.#turnstile?.full && !isCached) throw tooManyWait();
    const wait = this.#rate?.take(caller.name) ?? 0;
    if (wait > 0) throw tooMany("the limit of requests a second is reached", wait);
    this.#takeTokens();
    return caller;
  }

  /**
   * Lets the flow's own schedule in: nobody calls, so that nobody is asked who it is, and no caller's
   * rate is counted.
   *
   * @throws {FlowError} 429 where the flow has used its tokens, 503 where too many wait already.
   */
  admitSchedule(): undefined {
    if (this.#turnstile?.full) throw tooManyWait();
    this.#takeTokens();
  }

  #takeTokens(): void {
    const exhausted = this.#tokens?.take("", 0.001) ?? 0;
    if (exhausted > 0) throw tooMany("the flow's limit of tokens a minute is reached", exhausted);
  }

  /** Takes a turn to run, and gives the function that ends it; undefined where none is free. */
  enterNow(): (() => void) | undefined {
    return this.#turnstile === undefined ? () => {} : this.#turnstile.enterNow();
  }

  /**
   * Waits for a turn to run, and gives the function that ends it.
   *
   * @throws {FlowError} 503 with `Retry-After` where too many wait already.
   * @throws the signal's reason where it is aborted first.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#turnstile === undefined) return () => {};
    const turn = this.#turnstile.enter(signal);
    if (turn === undefined) throw tooManyWait();
    const leave = await turn;
    // Aborted at the very moment when the turn came: nobody would end it.
    if (signal.aborted) {
      leave();
      throw signal.reason;
    }
    return leave;
  }

  /** Counts the tokens that a call used. */
  used(tokens: number): void {
    this.#tokens?.charge("", tokens);
  }
}

function tooManyWait(): FlowError {
  const message = "the flow has as many calls as it takes; try again later";
  return new FlowError("UNAVAILABLE", message, { retryAfter: 1 });
}

function tooMany(message: string, wait: number): FlowError {
  return new FlowError("RESOURCE_EXHAUSTED", message, { retryAfter: wait / 1000 });
}
