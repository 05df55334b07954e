/** What a request says of where it comes from. */
export interface Visitor {
  /** The header `host`. */
  host: string | undefined;
  /** The header `origin`; browsers send it where a script or a form of a website asks. */
  origin: string | undefined;
  /** The header `sec-fetch-site` (W3C Fetch Metadata). */
  site: string | undefined;
}

/** Reads what the headers of a request say; its URL has the host that they lack. */
export function visitorOf({ headers, url }: Pick<Request, "headers" | "url">): Visitor {
  return {
    host: headers.get("host") ?? new URL(url).host,
    origin: headers.get("origin") ?? undefined,
    site: headers.get("sec-fetch-site") ?? undefined,
  };
}

/**
 * Tells whether a header `host` is one that no other website can have lead to this machine (DNS
 * rebinding): an address, `localhost` (RFC 6761, section 6.3), or the name that the server was told
 * to listen on.
 */
export function isOwnHost(host: string | undefined, listening: string): boolean {
  const name = URL.parse(`http://${host ?? ""}`)?.hostname;
  if (name === undefined) return false;
  const own = name === "localhost" || name.endsWith(".localhost") ||
    name === listening.toLowerCase();
  return own || isAddress(name);
}

/** Tells whether an `origin` is the host that was asked. */
export function isOriginOf(origin: string, host: string | undefined): boolean {
  const asked = URL.parse(`http://${host ?? ""}`)?.host;
  return asked !== undefined && URL.parse(origin)?.host === asked;
}

/** The URL standard writes every IPv4 address with four numbers, and IPv6 in brackets. */
function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith("[");
}
