import { ApiError } from "./api_error.ts";
import type { ApiAnswer, ApiRequest } from "./transport.ts";

/** A Status' message may quote a whole object. */
const MAX_MESSAGE = 1024;

/** Makes the error of an answer that refuses a request; it says what the API server said. */
export async function responseError(request: ApiRequest, answer: ApiAnswer): Promise<ApiError> {
  const text = await answer.text();
  const { reason, message, details } = parseStatus(text);
  const header = Number(answer.headers.get("retry-after") ?? NaN);
  const seconds = Number.isFinite(header) ? header : details?.retryAfterSeconds ?? 0;
  // What is wrong with a Secret is told by quoting it.
  const quotes = request.resource === "secrets" && request.body !== undefined;
  const said = quotes ? "" : (message ?? text).slice(0, MAX_MESSAGE).trim();
  const shown = [answer.status, reason].filter(Boolean).join(" ");
  return new ApiError(`Cannot ${request.action}: ${shown}${said && `: ${said}`}`, {
    status: answer.status,
    reason,
    ...seconds > 0 && { retryAfter: seconds * 1000 },
  });
}

/** The API server's Status object; anything else, as of a proxy, is nothing. */
function parseStatus(text: string): {
  reason?: string;
  message?: string;
  details?: { retryAfterSeconds?: number };
} {
  try {
    const value = JSON.parse(text);
    return value?.kind === "Status" ? value : {};
  } catch {
    return {};
  }
}
