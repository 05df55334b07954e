import { parseBaseUrl } from "../../base_url.ts";
import { isLoopback } from "../../is_loopback.ts";
import { FetchFailure } from "../fetcher.ts";

/**
 * Reads the address of a repository, or of what a server redirects to.
 *
 * @param insecure Whether http without TLS may be used with other hosts than this machine.
 * @throws {FetchFailure} where it cannot be used; the message holds no credentials.
 */
export function gitAddress(address: string, insecure: boolean): URL {
  let url: URL;
  try {
    url = parseBaseUrl(address, "url");
  } catch (error) {
    throw new FetchFailure("NotFound", (error as Error).message, { cause: error });
  }
  if (url.protocol === "http:" && !insecure && !isLoopback(url.hostname)) {
    const message = `it is http without TLS to "${url.host}", should be https, or insecure be set`;
    throw new FetchFailure("Unreachable", message);
  }
  return url;
}
