import { googleTokenUrl, vertexLocation } from "../../../shared/vertex.ts";
import type { ProviderOptions } from "../provider.ts";
import { accessTokens } from "./access_tokens.ts";
import { type GoogleKey, parseGoogleKey } from "./google_key.ts";

/** How Vertex AI is reached: as a project, with tokens, or in express mode, with a key. */
export type VertexAccess =
  | { projectId: string; location: string; token: () => Promise<string> }
  | { apiKey: string };

/**
 * Finds out how Vertex AI is reached.
 *
 * @throws {Error} where no credential is there, it cannot be used, or nothing names the project.
 */
export function vertexAccess({ credentials, region, extraConfig }: ProviderOptions): VertexAccess {
  const { GOOGLE_APPLICATION_CREDENTIALS: json, VERTEX_API_KEY: apiKey } = credentials;
  const { GOOGLE_ACCESS_TOKEN: given } = credentials;
  if (json?.trim()) {
    const key = parseGoogleKey(json);
    const tokenUrl = googleTokenUrl(extraConfig);
    const token = accessTokens({ key, tokenUrl, now: Date.now, fetch: globalThis.fetch });
    return { ...place({ credentials, region, extraConfig }, key), token };
  }
  if (apiKey?.trim()) return { apiKey: apiKey.trim() };
  if (given?.trim()) {
    const token = () => Promise.resolve(given.trim());
    return { ...place({ credentials, region, extraConfig }), token };
  }
  throw new Error(
    'the provider "vertexai" needs the credential GOOGLE_APPLICATION_CREDENTIALS, VERTEX_API_KEY ' +
      "or GOOGLE_ACCESS_TOKEN",
  );
}

function place(
  { credentials, region, extraConfig }: ProviderOptions,
  key?: GoogleKey,
): { projectId: string; location: string } {
  const projectId = extraConfig.projectId ?? credentials.GOOGLE_CLOUD_PROJECT ?? key?.projectId;
  if (typeof projectId !== "string" || !/^[\w.:-]{1,100}$/.test(projectId)) {
    throw new Error(
      'the provider "vertexai" needs a project: set extraConfig.projectId in the PluginConfig',
    );
  }
  return { projectId, location: vertexLocation({ region, extraConfig }) };
}
