import type { JSONWebKeySet, JWTVerifyGetKey } from "jose";
import type { Clock } from "../../shared/clock.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { readLimited } from "../tools/read_limited.ts";

/** Where an issuer of tokens publishes its keys. */
export interface IssuerAddress {
  issuer: string;
  /** Asked of the issuer's OpenID configuration where it is absent. */
  jwksUri?: string | null | undefined;
}

/** What asks an issuer. */
export interface IssuerOptions {
  fetch: typeof globalThis.fetch;
  clock: Clock;
  /** Is told why the issuer could not be asked; the caller is not. */
  onFailure: (reason: string) => void;
}

/** Milliseconds for which keys are taken as they are; then they are asked for again. */
const FRESH = 10 * 60_000;
/** For which they are still good while the issuer cannot be asked. */
const USABLE = 60 * 60_000;
/** Between two questions for a key that is not known. */
const COOLDOWN = 30_000;
/** After a question that failed. */
const BACKOFF = 5_000;
/** In which an issuer has to answer. */
const TIMEOUT = 5_000;
const MAX_BYTES = 1024 * 1024;

/**
 * The public keys of an issuer. They are fetched when they are first needed and kept; a key that is
 * not known has them fetched again, so that the issuer can rotate them, and so seldom that bad tokens
 * cannot be used to flood it.
 */
export class IssuerKeys {
  readonly #address: IssuerAddress;
  readonly #options: IssuerOptions;
  #keys: { find: JWTVerifyGetKey; at: number } | undefined;
  #asking: Promise<boolean> | undefined;
  #missedAt = -Infinity;
  #failedAt = -Infinity;

  constructor(address: IssuerAddress, options: IssuerOptions) {
    this.#address = address;
    this.#options = options;
  }

  /**
   * Gives the key that checks a token's signature, in the words of jose.
   *
   * @throws {FlowError} 503 where the keys cannot be had.
   * @throws {import("jose").errors.JOSEError} where the issuer has no such key.
   */
  find: JWTVerifyGetKey = async (header, token) => {
    const { JWKSNoMatchingKey } = (await import("jose")).errors;
    const justFetched = this.#keys === undefined;
    const keys = await this.#current();
    try {
      return await keys(header, token);
    } catch (error) {
      const isNew = error instanceof JWKSNoMatchingKey && !justFetched;
      if (!isNew || !await this.#askAnew()) throw error;
      return await this.#keys!.find(header, token);
    }
  };

  /** Fetches the keys for one that is not known; tells whether that was done. */
  async #askAnew(): Promise<boolean> {
    if (this.#asking === undefined) {
      // What was fetched for other reasons does not count: the issuer may have rotated since.
      if (this.#now() - this.#missedAt < COOLDOWN) return false;
      this.#missedAt = this.#now();
    }
    return await this.#ask();
  }

  async #current(): Promise<JWTVerifyGetKey> {
    const age = this.#now() - (this.#keys?.at ?? -Infinity);
    if (age < FRESH) return this.#keys!.find;
    const mayAsk = this.#now() - this.#failedAt >= BACKOFF;
    if (age < USABLE) {
      // Nobody waits while there are keys to go by.
      if (mayAsk) this.#ask();
      return this.#keys!.find;
    }
    if (!mayAsk || !await this.#ask()) {
      const message = "the issuer of tokens cannot be asked for its keys";
      throw new FlowError("UNAVAILABLE", message, { retryAfter: BACKOFF / 1000 });
    }
    return this.#keys!.find;
  }

  /** Fetches the keys, once at a time; tells whether that went well. */
  #ask(): Promise<boolean> {
    this.#asking ??= this.#fetchKeys()
      .then((find) => {
        this.#keys = { find, at: this.#now() };
        return true;
      }, (error) => {
        this.#failedAt = this.#now();
        this.#options.onFailure(error instanceof Error ? error.message : String(error));
        return false;
      })
      .finally(() => this.#asking = undefined);
    return this.#asking;
  }

  async #fetchKeys(): Promise<JWTVerifyGetKey> {
    const { createLocalJWKSet } = await import("jose");
    const controller = new AbortController();
    const cancel = this.#options.clock.after(TIMEOUT, () => {
      controller.abort(new Error(`there was no answer within ${TIMEOUT} ms`));
    });
    try {
      const uri = this.#address.jwksUri ?? await this.#discover(controller.signal);
      return createLocalJWKSet(await this.#get(uri, controller.signal) as JSONWebKeySet);
    } finally {
      cancel();
    }
  }

  /** Asks the OpenID configuration (OpenID Connect Discovery 1.0, section 4) for where the keys are. */
  async #discover(signal: AbortSignal): Promise<string> {
    const { issuer } = this.#address;
    const url = `${issuer.replace(/\/+$/, "")}/.well-known/openid-configuration`;
    const found = await this.#get(url, signal) as Record<string, unknown>;
    if (found?.issuer !== issuer) throw new Error(`"${url}" should have the issuer "${issuer}"`);
    const { jwks_uri: uri } = found;
    const scheme = issuer.startsWith("https:") ? /^https:/ : /^https?:/;
    if (typeof uri === "string" && scheme.test(uri)) return uri;
    throw new Error(`"${url}" should have a jwks_uri that begins with https://`);
  }

  async #get(url: string, signal: AbortSignal): Promise<unknown> {
    // Whoever could redirect the question could answer it with keys of its own.
    const response = await this.#options.fetch(url, { signal, redirect: "manual" });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`"${url}" answered ${response.status}, it should be 200`);
    }
    const text = await readLimited(response, MAX_BYTES);
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`"${url}" answered what is not JSON`);
    }
  }

  #now(): number {
    return this.#options.clock.now();
  }
}
