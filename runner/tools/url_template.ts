/** A field of the input in a URL: `{city}`. */
const FIELD = /\{([\w-]+)\}/g;

/** A URL with the fields of an input in it. */
export interface ExpandedUrl {
  url: URL;
  /** The input without the fields that are in the URL; an input that is no object is left as it is. */
  rest: unknown;
}

/**
 * Puts fields of an input into a URL such as `https://api.example/cities/{city}?days={days}`. Each is
 * encoded, so that it stays within its place: it cannot add a segment, a query or a host.
 *
 * @throws {Error} where a field is missing, is no text, number or boolean, or would change the path.
 */
export function expandUrl(template: string, input: unknown): ExpandedUrl {
  const fields = typeof input === "object" && input !== null
    ? input as Record<string, unknown>
    : {};
  const used = new Set<string>();
  const [beforeQuery = "", ...query] = template.split("?");
  const fill = (part: string) =>
    part.replace(FIELD, (_, name: string) => {
      used.add(name);
      // Half of a surrogate pair becomes U+FFFD, as in a query.
      return encodeURIComponent(textOf(name, fields).toWellFormed());
    });
  const path = beforeQuery.split("/").map((segment) => {
    const filled = fill(segment);
    if (filled !== segment && /^\.{1,2}$/.test(filled)) {
      throw new Error(`its URL would have the segment "${filled}", which changes the path`);
    }
    return filled;
  }).join("/");
  const url = new URL([path, ...query.map(fill)].join("?"));
  if (used.size === 0) return { url, rest: input };
  return {
    url,
    rest: Object.fromEntries(Object.entries(fields).filter(([name]) => !used.has(name))),
  };
}

/**
 * The scheme, host and port of a URL with fields, which these may not be part of: they decide what a
 * sandbox may reach.
 *
 * @throws {Error} where it is no http or https URL, has a field in its host, or holds a password.
 */
export function templateOrigin(template: string): URL {
  const [, origin = ""] = /^(https?:\/\/[^/?#]*)/i.exec(template) ?? [];
  if (/[{}]/.test(origin)) {
    throw new Error(`a tool's URL is "${template}", whose host should be fixed`);
  }
  if (!URL.canParse(origin)) {
    throw new Error(`a tool's URL is "${template}", should be an http or https URL`);
  }
  const url = new URL(origin);
  if (url.username !== "" || url.password !== "") {
    throw new Error(
      `a tool's URL at "${url.host}" holds a user name or password, which belong in a Secret`,
    );
  }
  return url;
}

function textOf(name: string, fields: Record<string, unknown>): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || value === "") {
    const is = value === undefined || value === null || value === "" ? "missing" : "no text";
    throw new Error(`its URL needs "${name}" of the input, which is ${is}`);
  }
  return value;
}
