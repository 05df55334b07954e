import { heldFetch } from "../../held_fetch.ts";
import { retryAfterMs } from "../../retry_after.ts";
import { FetchFailure } from "../fetcher.ts";
import { gitAddress } from "./git_address.ts";
import type { GitAccess, GitSourceOptions } from "./git_source_options.ts";
import { quotable } from "./pkt_line.ts";

/** An answer of status 200, to be read piece by piece. */
export interface GitAnswer {
  contentType: string;
  body: ReadableStream<Uint8Array>;
}

/** A request to a repository. */
export interface GitRequest {
  /** Below the repository's address, e.g. `git-upload-pack`. */
  path: string;
  /** Sent by POST where it is there. */
  body?: string;
  signal: AbortSignal;
}

const MAX_REDIRECTS = 3;

/** Sends requests to one repository, for one reading of it. */
export class GitHttp implements Disposable {
  #base: URL;
  readonly #origin: string;
  readonly #insecure: boolean;
  readonly #access: GitAccess;
  readonly #client: Deno.HttpClient;

  /**
   * @param at Where an earlier reading was redirected to; the address itself where it is absent.
   * @throws {FetchFailure} where the address, the proxy or the certificates cannot be used.
   */
  constructor(
    { url, proxy, insecure }: Pick<GitSourceOptions, "url" | "proxy" | "insecure">,
    access: GitAccess,
    at: string = url,
  ) {
    this.#insecure = insecure;
    this.#access = access;
    this.#origin = gitAddress(url, insecure).origin;
    this.#base = gitAddress(at.replace(/\/+$/, ""), insecure);
    try {
      this.#client = Deno.createHttpClient({
        ...access.ca !== undefined && { caCerts: [access.ca] },
        ...proxy !== undefined && { proxy: proxyOf(proxy) },
      });
    } catch (cause) {
      const what = proxy === undefined ? "the certificates" : "the certificates or the proxy";
      throw new FetchFailure("Unreachable", `${what} cannot be used`, { cause });
    }
  }

  /** Where requests go now: elsewhere than at first where the server has redirected them. */
  get at(): string {
    return this.#base.href;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /**
   * Sends a request. A GET is redirected, and later requests go where it led; credentials go to the
   * first origin only.
   *
   * @throws {FetchFailure} where the answer is not of status 200.
   */
  async send({ path, body, signal }: GitRequest): Promise<GitAnswer> {
    for (let redirects = 0;; redirects++) {
      const answer = await this.#once(path, body, signal);
      const { status, headers } = answer;
      if (status === 200 && answer.body !== null) {
        const contentType = headers.get("content-type")?.replace(/;.*/, "").trim() ?? "";
        return { contentType, body: answer.body };
      }
      await answer.body?.cancel();
      if (![301, 302, 303, 307, 308].includes(status)) throw this.#failure(status, headers);
      if (body !== undefined || redirects === MAX_REDIRECTS) {
        throw new FetchFailure("Unreachable", "the server redirects it elsewhere");
      }
      this.#follow(headers.get("location") ?? "", path);
    }
  }

  async #once(path: string, body: string | undefined, signal: AbortSignal): Promise<Response> {
    const headers = new Headers({
      "git-protocol": "version=2",
      // Some hosts know Git by this name only.
      "user-agent": "git/2.40 (genkitd)",
    });
    if (body !== undefined) {
      headers.set("content-type", "application/x-git-upload-pack-request");
      headers.set("accept", "application/x-git-upload-pack-result");
    }
    const { username = "x-access-token", password, token } = this.#access;
    const secret = password ?? token;
    if (secret !== undefined && this.#base.origin === this.#origin) {
      const both = new TextEncoder().encode(`${username}:${secret}`);
      headers.set("authorization", `Basic ${both.toBase64()}`);
    }
    try {
      return await heldFetch(`${this.#base.href.replace(/\/+$/, "")}/${path}`, {
        method: body === undefined ? "GET" : "POST",
        headers,
        ...body !== undefined && { body },
        redirect: "manual",
        client: this.#client,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw new FetchFailure("Unreachable", describeFault(error), { cause: error });
    }
  }

  #follow(location: string, path: string) {
    const suffix = `/${path}`;
    const to = URL.canParse(location, this.#base.href) ? new URL(location, this.#base).href : "";
    if (!to.endsWith(suffix)) {
      throw new FetchFailure("NotFound", "the server redirects it to what is no Git repository");
    }
    const base = gitAddress(to.slice(0, -suffix.length), this.#insecure);
    if (this.#base.protocol === "https:" && base.protocol !== "https:") {
      throw new FetchFailure("Unreachable", `the server redirects it from https to http`);
    }
    this.#base = base;
  }

  #failure(status: number, headers: Headers): FetchFailure {
    const { password, token } = this.#access;
    const given = (password ?? token) !== undefined;
    if (status === 401) {
      const what = given ? "does not accept the credentials" : "asks for credentials";
      return new FetchFailure("AuthenticationFailed", `the server ${what} (401)`);
    }
    if (status === 403) {
      const whose = given ? "with these credentials" : "without credentials";
      return new FetchFailure("AuthenticationFailed", `it may not be read ${whose} (403)`);
    }
    if (status === 404 || status === 410) {
      const hint = given ? "these credentials" : "credentials";
      const seen = `or it is not to be seen ${given ? "with" : "without"} ${hint}`;
      return new FetchFailure("NotFound", `there is no such repository, ${seen} (${status})`);
    }
    const retryAfter = retryAfterMs(headers.get("retry-after"), Date.now());
    return new FetchFailure("Unreachable", `the server answers ${status}`, {
      ...retryAfter !== undefined && { retryAfter },
    });
  }
}

/** A proxy's credentials may stand in its address. */
function proxyOf(address: string): Deno.Proxy {
  const url = new URL(address);
  const [username, password] = [url.username, url.password].map(decodeURIComponent);
  [url.username, url.password] = ["", ""];
  return { url: url.href, ...username && { basicAuth: { username, password: password ?? "" } } };
}

function describeFault(error: unknown): string {
  const { message, cause } = error as Error;
  const detail = cause instanceof Error ? cause.message : message;
  const certificate = /invalid peer certificate: (.*)/s.exec(detail)?.[1];
  if (certificate !== undefined) {
    const why = /UnknownIssuer/.test(certificate)
      ? "it is signed by nobody that is trusted here; give the certificate of its authority"
      : quotable(certificate);
    return `the server's certificate is not accepted: ${why}`;
  }
  // Deno puts the address before it, and names each layer.
  const [, said = detail] = /client error \(\w+\): (.*)$/s.exec(detail) ?? [];
  return `the server cannot be reached: ${quotable(said)}`;
}
