import { FlowError } from "../../shared/flow_error.ts";
import { isOriginOf, isOwnHost, type Visitor } from "../guard/visitor.ts";

/**
 * Refuses a browser that another website sent here, which could read what is answered where its own
 * name leads to this machine.
 *
 * @param listening The address or name that the server listens on.
 * @throws {FlowError} 403.
 */
export function checkHost({ host }: Visitor, listening: string): void {
  if (isOwnHost(host, listening)) return;
  const message = `Cannot show the page at "${(host ?? "").slice(0, 100)}": ` +
    `it should be asked for by an IP address or as localhost`;
  throw new FlowError("PERMISSION_DENIED", message);
}

/**
 * Refuses a script or an embedding of another website. Answers have no CORS headers, so such a
 * website could not read them anyway.
 *
 * @throws {FlowError} 403.
 */
export function checkOrigin({ host, origin, site }: Visitor): void {
  const sameOrigin = origin === undefined || isOriginOf(origin, host);
  if (sameOrigin && (site === undefined || site === "same-origin" || site === "none")) return;
  const message = "Cannot tell another website of the flows: only the page itself should ask";
  throw new FlowError("PERMISSION_DENIED", message);
}
