import { FetchFailure } from "../fetcher.ts";

/** The most characters of a header that is looked at. */
const MAX_LINK = 8192;

/**
 * Gives the URL of the next page of a list, by the header `Link` (RFC 8288), relative to what was
 * asked; undefined where there is none. The scheme is left as it was asked with: a registry behind
 * a proxy that ends TLS names itself by http.
 *
 * @param link The header.
 * @param from What was asked.
 * @throws {FetchFailure} InvalidContent where it is no URL, or leads to another host: what else
 * would say which versions there are.
 */
export function nextPage(link: string | null, from: URL): string | undefined {
  const target = nextTarget(link ?? "");
  if (target === undefined) return undefined;
  if (!URL.canParse(target, from)) {
    throw new FetchFailure("InvalidContent", "the next page of its list is no URL");
  }
  const url = new URL(target, from);
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  if (!isHttp || url.host !== from.host || url.username !== "" || url.password !== "") {
    const message =
      `the next page of its list is at "${url.host.slice(0, 80)}", should be at the registry's ` +
      `own host "${from.host}"`;
    throw new FetchFailure("InvalidContent", message);
  }
  url.protocol = from.protocol;
  return url.href;
}

/** Among several links, the one whose relation is `next`, in any order of its parameters. */
function nextTarget(link: string): string | undefined {
  if (link.length > MAX_LINK) {
    throw new FetchFailure(
      "TooLarge",
      `the header Link of its list is over ${MAX_LINK} characters`,
    );
  }
  // Of what stands between two targets, nothing is known but that no target is in it.
  for (const [, target, parameters] of link.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/i.test(parameters!)) return target;
  }
  return undefined;
}
