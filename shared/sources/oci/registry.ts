import { parseBaseUrl } from "../../base_url.ts";
import { heldFetch } from "../../held_fetch.ts";
import { isLoopback } from "../../is_loopback.ts";
import { FetchFailure } from "../fetcher.ts";
import { parseAuthChallenge } from "./auth_challenge.ts";
import type { RegistryCredentials } from "./registry_access.ts";
import { describeFault, refusal, storageRefusal } from "./registry_fault.ts";
import { basicAuthorization, requestToken } from "./registry_token.ts";

/** How a registry is reached. */
export interface RegistryOptions {
  /** Host with its port, where it has one. */
  registry: string;
  repository: string;
  /** What a token is asked for. Default `pull`. */
  actions?: "pull" | "pull,push";
  /** Anonymous where it is absent. */
  credentials?: RegistryCredentials | undefined;
  /** Use http without TLS; to this machine it is used where https is not answered. */
  insecure?: boolean;
  /** The host that gives tokens, where that is neither the registry's own nor a known one. */
  tokenHost?: string | undefined;
  /** Certificates in PEM that are trusted besides the usual ones. */
  ca?: string | undefined;
}

/** A request to a repository. */
export interface RegistryRequest {
  /** Below `/v2/<repository>/`, or an absolute URL that the registry has named. */
  path: string;
  method?: "GET" | "HEAD" | "POST" | "PUT";
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  /** Statuses that are an answer besides those of success. */
  accept?: readonly number[];
  signal: AbortSignal;
}

const MAX_REDIRECTS = 5;
/** Docker Hub's registry is not at the name that everybody uses. */
const HUB = "registry-1.docker.io";

/** Sends requests to one repository of a registry, for one reading of it. */
export class Registry implements Disposable {
  readonly #options: RegistryOptions;
  readonly #client: Deno.HttpClient;
  #base: URL;
  #authorization: string | undefined;

  /** @throws {FetchFailure} where the registry's host or the certificates cannot be used. */
  constructor(options: RegistryOptions) {
    this.#options = options;
    const host = options.registry === "docker.io" ? HUB : options.registry;
    try {
      this.#base = parseBaseUrl(`${options.insecure ? "http" : "https"}://${host}`, "url");
    } catch (error) {
      throw new FetchFailure("InvalidContent", (error as Error).message, { cause: error });
    }
    try {
      const { ca } = options;
      this.#client = Deno.createHttpClient({ ...ca !== undefined && { caCerts: [ca] } });
    } catch (cause) {
      throw new FetchFailure("Unreachable", "the certificates cannot be used", { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /**
   * Sends a request, with a token where the registry asks for one. Redirects are followed, and
   * credentials go to the registry's own origin only.
   *
   * @throws {FetchFailure} where the answer is of no success, nor among `accept`.
   */
  async send(request: RegistryRequest): Promise<Response> {
    const { accept = [] } = request;
    let last = await this.#follow(request);
    if (last.response.status === 401 && last.isOwn) {
      await last.response.body?.cancel();
      const header = last.response.headers.get("www-authenticate");
      this.#authorization = await this.#authorize(header, request.signal);
      last = await this.#follow(request);
    }
    const { response, isOwn, host } = last;
    if (response.ok || accept.includes(response.status)) {
      return response;
    }
    await response.body?.cancel();
    throw isOwn ? refusal(response, this.#options.credentials) : storageRefusal(response, host);
  }

  /** Tells also who answered in the end, and whether that was the registry itself. */
  async #follow(
    request: RegistryRequest,
  ): Promise<{ response: Response; isOwn: boolean; host: string }> {
    let url = this.url(request.path);
    for (let redirects = 0;; redirects++) {
      const response = await this.#once(url, request);
      const isOwn = url.host === this.#base.host;
      // It may have turned out that the registry has no TLS.
      if (isOwn) url.protocol = this.#base.protocol;
      if (![301, 302, 303, 307, 308].includes(response.status)) {
        return { response, isOwn, host: url.host };
      }
      await response.body?.cancel();
      const location = response.headers.get("location") ?? "";
      if (redirects === MAX_REDIRECTS) {
        throw new FetchFailure("Unreachable", "the registry redirects it too often");
      }
      url = this.#target(location, url);
    }
  }

  /**
   * Gives where a request with this path goes. Where an upload goes on is said by the registry, with
   * a query of its own.
   *
   * @throws {FetchFailure} where that is an address to which nothing is sent.
   */
  url(path: string): URL {
    if (URL.canParse(path)) return this.#target(path, this.#base);
    if (path.startsWith("/")) return new URL(path, this.#base);
    return new URL(`/v2/${this.#options.repository}/${path}`, this.#base);
  }

  /** Storage behind a registry may be anywhere but where a machine's own credentials are. */
  #target(location: string, from: URL): URL {
    if (!URL.canParse(location, from)) {
      throw new FetchFailure("Unreachable", "the registry redirects it to what is no URL");
    }
    const url = new URL(location, from);
    if (url.protocol !== "https:" && url.protocol !== this.#base.protocol) {
      const message = `the registry redirects it from ${this.#base.protocol} to ${url.protocol}`;
      throw new FetchFailure("Unreachable", message);
    }
    if (url.username !== "" || url.password !== "") {
      throw new FetchFailure("Unreachable", "the registry redirects it to a URL with credentials");
    }
    try {
      parseBaseUrl(url.origin, "the redirect");
    } catch (error) {
      throw new FetchFailure("Unreachable", (error as Error).message, { cause: error });
    }
    return url;
  }

  async #once(url: URL, request: RegistryRequest): Promise<Response> {
    const { method = "GET", headers, body, signal } = request;
    const isOwn = url.origin === this.#base.origin;
    const send = (url: URL) =>
      heldFetch(url, {
        method,
        headers: {
          "user-agent": "genkitd",
          // What comes is verified as it was stored.
          "accept-encoding": "identity",
          ...headers,
          ...isOwn && this.#authorization !== undefined && { authorization: this.#authorization },
        },
        ...body !== undefined && { body },
        redirect: "manual",
        client: this.#client,
        signal,
      });
    try {
      return await send(url);
    } catch (error) {
      signal.throwIfAborted();
      if (isOwn && this.#base.protocol === "https:" && isLoopback(url.hostname) && isPlain(error)) {
        this.#base.protocol = "http:";
        const plain = new URL(url);
        plain.protocol = "http:";
        return await this.#once(plain, request);
      }
      throw new FetchFailure("Unreachable", describeFault(error), { cause: error });
    }
  }

  /** @returns The value of the header `Authorization`; undefined where nothing would be sent. */
  async #authorize(header: string | null, signal: AbortSignal): Promise<string | undefined> {
    const { credentials } = this.#options;
    const challenge = parseAuthChallenge(header);
    if (challenge === undefined) {
      throw new FetchFailure(
        "AuthenticationFailed",
        "the registry asks for no known kind of login",
      );
    }
    if (challenge.scheme === "basic") {
      if (credentials === undefined) {
        throw new FetchFailure("AuthenticationFailed", "the registry asks for credentials (401)");
      }
      return basicAuthorization(credentials);
    }
    const { repository, actions = "pull", tokenHost } = this.#options;
    const token = await requestToken(challenge.bearer, {
      registry: this.#base,
      tokenHost,
      // What is asked for is ours to say: a registry could name another repository.
      scope: `repository:${repository}:${actions}`,
      credentials,
      client: this.#client,
      signal,
    });
    return `Bearer ${token}`;
  }
}

/** Tells whether what answered speaks no TLS: rustls' error for bytes that are none of its own. */
function isPlain(error: unknown): boolean {
  const { message, cause } = error as Error;
  return /InvalidContentType/.test(`${message} ${cause instanceof Error ? cause.message : ""}`);
}
