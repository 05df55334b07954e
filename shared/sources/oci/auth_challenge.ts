/** A registry's demand for a bearer token (https://distribution.github.io/distribution/spec/auth/). */
export interface BearerChallenge {
  realm: string;
  service?: string;
  scope?: string;
}

/** What a registry asks for with 401. */
export type AuthChallenge = { scheme: "basic" } | { scheme: "bearer"; bearer: BearerChallenge };

/** Reads the header `WWW-Authenticate`; undefined where it asks for nothing that is known here. */
export function parseAuthChallenge(header: string | null): AuthChallenge | undefined {
  if (header === null || header.length > 4096) return undefined;
  // Several may stand in one header (RFC 9110, 11.6.1); a token is the narrower right.
  const [, parameters] = /(?:^|,\s*)bearer\s+(.*)$/is.exec(header) ?? [];
  if (parameters === undefined) {
    return /(?:^|,\s*)basic\b/i.test(header) ? { scheme: "basic" } : undefined;
  }
  const values: Record<string, string> = {};
  for (const [, key, quoted, plain] of parameters.matchAll(/(\w+)=(?:"([^"]*)"|([^\s,"]+))/g)) {
    // What comes twice is of another challenge behind this one.
    values[key!.toLowerCase()] ??= quoted ?? plain!;
  }
  const { realm, service, scope } = values;
  if (realm === undefined) return undefined;
  return {
    scheme: "bearer",
    bearer: { realm, ...service !== undefined && { service }, ...scope !== undefined && { scope } },
  };
}

/** Where registries have their tokens from, when that is not their own host. */
const REALMS: Readonly<Record<string, string>> = {
  "docker.io": "auth.docker.io",
  "registry-1.docker.io": "auth.docker.io",
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
