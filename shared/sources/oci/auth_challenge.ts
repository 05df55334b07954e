/** A registry's demand for a bearer token (https://distribution.github.io/distribution/spec/auth/). */
export interface BearerChallenge {
  realm: string;
  service?: string;
  scope?: string;
}

/** What a registry asks for with 401. */
export type AuthChallenge = { scheme: "basic" } | { scheme: "bearer"; bearer: BearerChallenge };

/**
 * What a header of challenges is made of (RFC 9110, 11.6.1): a parameter, whose value may be quoted
 * and hold anything; else a scheme, or what is of no meaning here.
 */
const PART = /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"=]+))|([^\s,"]+)/g;

/** Reads the header `WWW-Authenticate`; undefined where it asks for nothing that is known here. */
export function parseAuthChallenge(header: string | null): AuthChallenge | undefined {
  if (header === null || header.length > 4096) return undefined;
  const challenges: { scheme: string; values: Record<string, string> }[] = [];
  for (const [, key, quoted, plain, word] of header.matchAll(PART)) {
    if (word !== undefined) {
      challenges.push({ scheme: word.toLowerCase(), values: {} });
    } else {
      const value = quoted?.replaceAll(/\\(.)/g, "$1") ?? plain!;
      const { values = {} } = challenges.at(-1) ?? {};
      values[key!.toLowerCase()] ??= value;
    }
  }
  // Several may stand there; a token is the narrower right.
  for (const { scheme, values: { realm, service, scope } } of challenges) {
    if (scheme !== "bearer" || !realm) continue;
    const more = { ...service !== undefined && { service }, ...scope !== undefined && { scope } };
    return { scheme: "bearer", bearer: { realm, ...more } };
  }
  return challenges.some(({ scheme }) => scheme === "basic") ? { scheme: "basic" } : undefined;
}

/** Where registries have their tokens from, when that is not their own host. */
const REALMS: Readonly<Record<string, string>> = {
  "docker.io": "auth.docker.io",
  "index.docker.io": "auth.docker.io",
  "registry-1.docker.io": "auth.docker.io",
  "registry.digitalocean.com": "api.digitalocean.com",
  "registry.gitlab.com": "gitlab.com",
};

/**
 * Tells whether a registry may send its callers to this realm for a token, since they bring their
 * credentials there: its own host, one that is known to be its own, or the one that was named, over https
 * unless the registry itself is reached by http.
 *
 * @param registry The registry's own address.
 * @param tokenHost A host, with its port where it has one.
 */
export function isAllowedRealm(realm: string, registry: URL, tokenHost?: string): boolean {
  if (!URL.canParse(realm)) return false;
  const url = new URL(realm);
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol !== "https:" && !(url.protocol === "http:" && registry.protocol === "http:")) {
    return false;
  }
  if (tokenHost !== undefined && url.host === tokenHost.toLowerCase()) return true;
  return url.hostname === registry.hostname || url.hostname === REALMS[registry.hostname];
}
