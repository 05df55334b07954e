import { hostAndPort, parseBaseUrl } from "./base_url.ts";

/** The settings of a PluginConfig that say where on Vertex AI it works. */
export interface VertexSettings {
  region?: string | undefined;
  extraConfig?: Readonly<Record<string, unknown>> | undefined;
  credentials?: Readonly<Record<string, string>> | undefined;
}

/** Where the key of a service account is exchanged for a token. */
const TOKEN_URL = "https://oauth2.googleapis.com/token";

/**
 * The location that the settings ask for: `region`, else `extraConfig.location` or `region`, else
 * us-central1; `global`, and `us` and `eu` for all of their regions, are locations as well.
 *
 * @throws {Error} where it does not look like one, as it becomes part of a host's name.
 */
export function vertexLocation({ region, extraConfig = {} }: VertexSettings): string {
  const found = region || extraConfig.location || extraConfig.region || "us-central1";
  if (typeof found !== "string" || !/^(global|us|eu|[a-z]+-[a-z]+\d{1,2})$/.test(found)) {
    throw new Error(
      `Cannot use the region ${JSON.stringify(found)}: it should be like "us-central1" or "global"`,
    );
  }
  return found;
}

/**
 * The base URL of Vertex AI at a location
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations).
 */
export function vertexUrl(location: string): string {
  const host = "aiplatform.googleapis.com";
  if (location === "global") return `https://${host}`;
  if (location === "us" || location === "eu") {
    return `https://aiplatform.${location}.rep.googleapis.com`;
  }
  return `https://${location}-${host}`;
}

/**
 * Where tokens come from: `extraConfig.tokenURL`, else Google's own address. The one in the JSON of
 * a key is not used: a Secret's author should not choose what the sandbox reaches.
 *
 * @throws {Error} where it is no usable URL.
 */
export function googleTokenUrl({ tokenURL }: Readonly<Record<string, unknown>> = {}): string {
  return tokenURL === undefined || tokenURL === ""
    ? TOKEN_URL
    : parseBaseUrl(tokenURL, "extraConfig.tokenURL").href;
}

/**
 * Vertex AI's own base URL for these settings. Express mode, with an API key, knows no locations.
 *
 * @throws {Error} where the region is not usable.
 */
export function vertexOwnUrl(settings: VertexSettings): string {
  return vertexUrl(settings.credentials?.VERTEX_API_KEY ? "global" : vertexLocation(settings));
}

/**
 * The host that gives tokens, as `host:port`, where the credentials are a key that is exchanged
 * there or are not known yet.
 *
 * @throws {Error} where `extraConfig.tokenURL` is no usable URL.
 */
export function googleTokenHosts({ extraConfig, credentials }: VertexSettings): string[] {
  const url = new URL(googleTokenUrl(extraConfig));
  const exchanges = credentials === undefined || credentials.GOOGLE_APPLICATION_CREDENTIALS;
  return exchanges ? [hostAndPort(url)] : [];
}
