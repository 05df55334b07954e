import { asSchema } from "../../schema/json_schema.ts";
import { providerHttpError } from "../provider_http_error.ts";

/** A request to the Messages API. */
export interface MessageCall {
  url: string;
  /** With the credentials. */
  headers: Record<string, string>;
  body: Record<string, unknown>;
  signal: AbortSignal;
}

/**
 * Sends a request to the Messages API and gives the response.
 *
 * @throws {ProviderHttpError} where it is no success.
 * @throws what `fetch` throws, where there is no response.
 */
export async function sendMessage(
  { url, headers, body, signal }: MessageCall,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Response> {
  const response = await fetch(url, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
    // Elsewhere than here the credentials have no business.
    redirect: "manual",
    signal,
  });
  if (response.ok) return response;
  throw await providerHttpError(response, (json) => asSchema(asSchema(json).error).type);
}
