import type { Clock } from "../../shared/clock.ts";
import type { RuntimeConfig } from "../../shared/contract/config.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { findCaller, type ReadApiKeys } from "./api_keys.ts";
import { RateLimit } from "./rate_limit.ts";
import { Turnstile } from "./turnstile.ts";
import { tokenVerifier, type VerifyToken } from "./verify_token.ts";

/** Settings of a flow that say who may call it, and how often. */
export interface GuardSettings {
  auth: RuntimeConfig["auth"];
  limits: RuntimeConfig["limits"];
}

/** What a guard looks at. */
export interface Arrival {
  headers: Headers;
  /** Where the request comes from; callers that have no name are told apart by it. */
  address: string;
}

/** A caller that may go on. */
export interface Caller {
  /** Unique among the flow's callers. */
  name: string;
  /** What prompts see as `@auth`; absent where anybody may call. */
  auth?: Record<string, unknown>;
}

/** Stands before a flow: who may call it, how often, and how many at once. */
export class FlowGuard {
  /** Gives the flow's API keys as they are now; nobody has one until this is set. */
  readApiKeys: ReadApiKeys = () => new Map();
  readonly #settings: GuardSettings;
  readonly #verify: VerifyToken | undefined;
  readonly #rate: RateLimit | undefined;
  readonly #tokens: RateLimit | undefined;
  readonly #turnstile: Turnstile | undefined;

  constructor(settings: GuardSettings, clock: Clock) {
    this.#settings = settings;
    const { auth, limits } = settings;
    if (auth?.jwt) this.#verify = tokenVerifier(auth.jwt);
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
   * @throws {FlowError} 401, 403, or 429 with `Retry-After`.
   */
  async admit(arrival: Arrival): Promise<Caller> {
    const caller = await this.#caller(arrival);
    const wait = this.#rate?.take(caller.name) ?? 0;
    if (wait > 0) throw tooMany("the limit of requests a second is reached", wait);
    const exhausted = this.#tokens?.take("", 0.001) ?? 0;
    if (exhausted > 0) throw tooMany("the flow's limit of tokens a minute is reached", exhausted);
    return caller;
  }

  /**
   * Waits for a turn to run, and gives the function that ends it.
   *
   * @throws {FlowError} 503 with `Retry-After` where too many wait already.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#turnstile === undefined) return () => {};
    const turn = this.#turnstile.enter(signal);
    if (turn === undefined) {
      const message = "the flow has as many calls as it takes; try again later";
      throw new FlowError("UNAVAILABLE", message, { retryAfter: 1 });
    }
    return await turn;
  }

  /** Counts the tokens that a call used. */
  used(tokens: number): void {
    this.#tokens?.charge("", tokens);
  }

  async #caller({ headers, address }: Arrival): Promise<Caller> {
    const { auth } = this.#settings;
    if (!auth?.apiKeys && !auth?.jwt) return { name: `address ${address}` };
    const sent = auth.apiKeys ? headers.get(auth.apiKeys.header) : null;
    if (sent !== null) {
      const name = findCaller(sent, await this.readApiKeys());
      if (name === undefined) throw unauthenticated("the API key is not known");
      return { name: `key ${name}`, auth: { caller: name } };
    }
    const token = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    if (token !== undefined && this.#verify !== undefined) {
      const claims = await this.#verify(token);
      return { name: `token ${claims.iss} ${claims.sub}`, auth: claims };
    }
    const ways = [
      ...auth.apiKeys ? [`an API key in the header "${auth.apiKeys.header}"`] : [],
      ...auth.jwt ? ['a token in the header "authorization: Bearer …"'] : [],
    ];
    throw unauthenticated(`the call should have ${ways.join(" or ")}`);
  }
}

function unauthenticated(message: string): FlowError {
  return new FlowError("UNAUTHENTICATED", message);
}

function tooMany(message: string, wait: number): FlowError {
  return new FlowError("RESOURCE_EXHAUSTED", message, { retryAfter: wait / 1000 });
}
