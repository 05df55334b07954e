import { FlowError } from "../../shared/flow_error.ts";
import { isLoopback } from "../../shared/is_loopback.ts";
import type { CorsPolicy } from "./cors_policy.ts";
import { isOriginOf, isOwnHost, visitorOf } from "./visitor.ts";

/** What {@linkcode checkWebsite} goes by. */
export interface WebsiteRules {
  /** Which websites may call the flow; no other one where it is absent. */
  cors: CorsPolicy | undefined;
  /** The address or name that the server listens on. */
  listening: string;
}

/** What is looked at of a request. */
export type Arriving = Pick<Request, "headers" | "url">;

/**
 * Refuses a browser that a website sent to a flow which asks nobody who it is. The same-origin policy
 * keeps such a website from reading the answer, not from having the flow run; and where its own name
 * leads to this machine (DNS rebinding) it reads the answer too, which on loopback nothing else
 * prevents. Callers that are no browser send neither `origin` nor `sec-fetch-site`.
 *
 * @throws {FlowError} 403.
 */
export function checkWebsite(request: Arriving, { cors, listening }: WebsiteRules): void {
  const { headers } = request;
  if (!headers.has("origin") && !headers.has("sec-fetch-site")) return;
  const { host, origin, site } = visitorOf(request);
  if (origin !== undefined && cors?.admits(origin)) return;
  const sameOrigin = site === undefined
    ? isOriginOf(origin ?? "", host)
    : site === "same-origin" || site === "none";
  const local = isLoopback(listening.includes(":") ? `[${listening}]` : listening);
  if (sameOrigin && (!local || isOwnHost(host, listening))) return;
  const asking = JSON.stringify((origin ?? "another website").slice(0, 100));
  const message = `a browser asks for ${asking}: a flow without auth can be called by the ` +
    `websites in its cors.origins, and by those of its own address`;
  throw new FlowError("PERMISSION_DENIED", message);
}
