import { retryAfterMs } from "../../shared/retry_after.ts";

/** What an error answer of a provider's HTTP API says. */
export interface ProviderAnswer {
  /** The HTTP status, or the one that stands for the same failure inside a stream. */
  code: number;
  /** The API's own name of the failure, e.g. `rate_limit_error`. */
  kind?: string | undefined;
  /** Milliseconds. */
  retryAfterMs?: number | undefined;
}

/**
 * A provider's HTTP API answered with an error. Its fields are those of the errors of Genkit's
 * plugins, so that `providerFailure` reads both alike. The provider's own words are not kept: they
 * may quote the prompt or the key.
 */
export class ProviderHttpError extends Error {
  override name = "ProviderHttpError";
  readonly detail: { error: { code: number; status: string | undefined } };
  readonly responseMetadata: { retryAfterMs: number } | undefined;

  constructor({ code, kind, retryAfterMs }: ProviderAnswer) {
    super(`The provider answered ${code}`);
    this.detail = { error: { code, status: kind } };
    this.responseMetadata = retryAfterMs === undefined ? undefined : { retryAfterMs };
  }
}

/** The most bytes of an error's body that are looked at. */
const MAX_BYTES = 64 * 1024;

/**
 * Reads an error answer of which `kindOf` finds the failure's name in its JSON.
 *
 * @param now Milliseconds since 1970, for a `Retry-After` that is a date.
 */
export async function providerHttpError(
  response: Response,
  kindOf: (body: unknown) => unknown,
  now: number = Date.now(),
): Promise<ProviderHttpError> {
  const text = (await response.text().catch(() => "")).slice(0, MAX_BYTES);
  let kind: unknown;
  try {
    kind = kindOf(JSON.parse(text));
  } catch {
    // A proxy's page, say.
  }
  return new ProviderHttpError({
    code: response.status,
    kind: typeof kind === "string" ? kind : undefined,
    retryAfterMs: retryAfterMs(response.headers.get("retry-after"), now),
  });
}
