import { ToolFailure } from "./tool_failure.ts";
import type { ToolRequest } from "./tool_request.ts";

const REDIRECT = new Set([301, 302, 303, 307, 308]);
/** Redirects that are followed. */
const MAX_REDIRECTS = 3;

/**
 * Sends a request, and follows redirects within its scheme, host and port only.
 *
 * @param name The tool's, for messages.
 * @param keepsMethod Sends the same again also where browsers would make a GET of it; an answer with
 * 303, which asks for just that, is given as it is.
 * @throws {ToolFailure} where a redirect leads elsewhere, or there are more than three.
 */
export async function followRedirects(
  name: string,
  request: ToolRequest,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch,
  keepsMethod = false,
): Promise<Response> {
  let { url, ...init } = request;
  for (let redirects = 0;; redirects++) {
    const response = await fetch(url, { ...init, redirect: "manual", signal });
    const location = response.headers.get("location");
    if (!REDIRECT.has(response.status) || location === null) return response;
    if (keepsMethod && response.status === 303) return response;
    await response.body?.cancel();
    const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
    if (next?.origin !== url.origin) {
      throw new ToolFailure(name, `its server answered ${response.status}, to another host`);
    }
    if (redirects === MAX_REDIRECTS) {
      throw new ToolFailure(name, `its server redirected more than ${MAX_REDIRECTS} times`);
    }
    // As browsers do: a form that was sent is answered by a page elsewhere.
    const toGet = response.status === 303 ||
      init.method === "POST" && (response.status === 301 || response.status === 302);
    if (toGet && !keepsMethod) init = { method: "GET", headers: withoutContentType(init.headers) };
    url = next;
  }
}

function withoutContentType(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== "content-type"),
  );
}
