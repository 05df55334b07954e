import type { Status } from "../../shared/status.ts";

const NOT_AVAILABLE = { status: "UNAVAILABLE", words: "is not available" } as const;
const TOO_SLOW = { status: "DEADLINE_EXCEEDED", words: "took too long" } as const;

/**
 * What the HTTP statuses of a gateway before a provider mean to the caller of a flow. From 520 on they
 * are Cloudflare's: the server behind it gives no answer, or none that is HTTP
 * (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/).
 */
export const GATEWAY_FAILURES: Readonly<Record<number, { status: Status; words: string }>> = {
  502: NOT_AVAILABLE,
  503: NOT_AVAILABLE,
  504: TOO_SLOW,
  520: NOT_AVAILABLE,
  521: NOT_AVAILABLE,
  522: NOT_AVAILABLE,
  523: NOT_AVAILABLE,
  524: TOO_SLOW,
  525: NOT_AVAILABLE,
  526: NOT_AVAILABLE,
  527: NOT_AVAILABLE,
};
