import { FlowError } from "../../shared/flow_error.ts";

/** What a request says of where it comes from. */
export interface Visitor {
  /** The header `host`. */
  host: string | undefined;
  /** The header `origin`; browsers send it where a script of another website asks. */
  origin: string | undefined;
  /** The header `sec-fetch-site` (W3C Fetch Metadata). */
  site: string | undefined;
}

/**
 * Refuses a browser that another website sent here. A website can have its own name lead to this
 * machine (DNS rebinding), and then read what is answered; it cannot do that with an address or with
 * `localhost` (RFC 6761, section 6.3). So the page is shown under those alone, and under the name that
 * the server was told to listen on.
 *
 * @param listening The address or name that the server listens on.
 * @throws {FlowError} 403.
 */
export function checkHost({ host = "" }: Visitor, listening: string): void {
  const name = hostname(host);
  const own = name === "localhost" || name?.endsWith(".localhost") ||
    name === listening.toLowerCase();
  if (name !== undefined && (own || isAddress(name))) return;
  const message = `Cannot show the page at "${host.slice(0, 100)}": ` +
    `it should be asked for by an IP address or as localhost`;
  throw new FlowError("PERMISSION_DENIED", message);
}

/**
 * Refuses a script or an embedding of another website. Answers have no CORS headers, so such a
 * website could not read them anyway.
 *
 * @throws {FlowError} 403.
 */
export function checkOrigin({ host = "", origin, site }: Visitor): void {
  const sameOrigin = origin === undefined ||
    URL.parse(origin)?.host === URL.parse(`http://${host}`)?.host;
  if (sameOrigin && (site === undefined || site === "same-origin" || site === "none")) return;
  const message = "Cannot tell another website of the flows: only the page itself should ask";
  throw new FlowError("PERMISSION_DENIED", message);
}

function hostname(host: string): string | undefined {
  return URL.parse(`http://${host}`)?.hostname;
}

/** The URL standard writes every IPv4 address with four numbers, and IPv6 in brackets. */
function isAddress(name: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) || name.startsWith("[");
}
