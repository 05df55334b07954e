/** Which websites may call a flow from a browser. */
export interface CorsRules {
  /** As browsers write them, e.g. `https://app.example.com`; `*` is any. */
  origins: readonly string[];
  /** How long a browser may remember what a preflight was told; 600 where it is absent. */
  maxAgeSeconds?: number | null | undefined;
}

/** What callers of a flow send besides what a website may always send. */
const HEADERS = [
  ...[
    "authorization",
    "cache-control",
    "content-type",
    "x-genkit-protocol",
    "x-request-id",
    "x-request-timeout",
  ],
  ...["traceparent", "tracestate"],
];
/** What a website may read of an answer besides what it always may. */
const EXPOSED =
  "age, retry-after, www-authenticate, x-genkitd-cache, x-genkitd-interrupted, x-request-id";

/**
 * The headers by which browsers let a website's script call a flow (the Fetch standard, CORS
 * protocol). Cookies are never allowed: whoever calls sends its key or token itself.
 */
export class CorsPolicy {
  readonly #origins: ReadonlySet<string>;
  readonly #preflight: Record<string, string>;

  /** `apiKeyHeader` is where callers of the flow send their API key. */
  constructor({ origins, maxAgeSeconds }: CorsRules, apiKeyHeader?: string) {
    this.#origins = new Set(origins.map(asBrowsersWrite));
    const headers = new Set([...HEADERS, ...apiKeyHeader ? [apiKeyHeader.toLowerCase()] : []]);
    this.#preflight = {
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": [...headers].join(", "),
      "access-control-max-age": String(maxAgeSeconds ?? 600),
    };
  }

  /** Tells whether a website may call. */
  admits(origin: string): boolean {
    return this.#origins.has("*") || this.#origins.has(origin);
  }

  /** The headers of an answer to a call from `origin`, of an error too. */
  headers(origin: string | null): Record<string, string> {
    if (this.#origins.has("*")) return allow("*");
    // Said to others as well: a cache must not give them an answer that is not theirs.
    const vary = { "vary": "origin" };
    if (origin === null || !this.#origins.has(origin)) return vary;
    return { ...vary, ...allow(origin) };
  }

  /** The headers of the answer to a browser's question whether it may call. */
  preflight(origin: string): Record<string, string> {
    const headers = this.headers(origin);
    return { ...headers, ...headers["access-control-allow-origin"] && this.#preflight };
  }
}

function allow(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
  };
}

/** Without a port that goes without saying, in lower case. */
function asBrowsersWrite(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin;
}
