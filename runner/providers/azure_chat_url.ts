import type { ChatServer } from "./openai/chat_server.ts";

/** The version of the API by deployments that is asked for where a PluginConfig names none. */
export const AZURE_API_VERSION = "2025-03-01-preview";

/** The version of the model inference API (`/models`). */
const INFERENCE_API_VERSION = "2024-05-01-preview";

/**
 * Gives where a deployment is asked. Azure has several APIs, and an endpoint's path says which one
 * is meant:
 *
 * - `https://NAME.openai.azure.com` (and any other host without a path): by deployments,
 *   `/openai/deployments/DEPLOYMENT/chat/completions?api-version=…`, also where the path already
 *   names the deployment, then for every model; with `apiVersion` `v1` or `preview`, as the next.
 * - `…/openai/v1`, and `https://NAME.services.ai.azure.com` without a dated version: the v1 API,
 *   which names the deployment in the body.
 * - `https://NAME.services.ai.azure.com/models`: the model inference API, likewise.
 *
 * A `/chat/completions` at the end of any of them may be left in.
 *
 * @param endpoint Checked by `parseBaseUrl`.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 * @see https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/endpoints
 */
export function azureChatUrl(
  endpoint: URL,
  apiVersion?: string,
): Pick<ChatServer, "url" | "maxTokens"> {
  const path = endpoint.pathname.replace(/\/+$/, "").replace(/\/chat\/completions$/, "");
  const at = (path: string, version: string | undefined) => {
    const query = version === undefined ? "" : `?api-version=${encodeURIComponent(version)}`;
    return `${endpoint.origin}${path}/chat/completions${query}`;
  };
  if (/\/models$/.test(path)) {
    const url = at(path, apiVersion ?? INFERENCE_API_VERSION);
    return { url: () => url, maxTokens: "max_tokens" };
  }
  const maxTokens = "max_completion_tokens";
  const isDated = /^\d{4}-\d\d-\d\d/.test(apiVersion ?? "");
  const isFoundry = endpoint.hostname.endsWith(".services.ai.azure.com");
  if (/\/openai\/v1$/.test(path) || !isDated && (apiVersion !== undefined || isFoundry)) {
    const v1 = path.replace(/\/openai(\/v1)?$/, "") + "/openai/v1";
    // `v1` is the default, and a date is of the other API.
    const url = at(v1, isDated || apiVersion === "v1" ? undefined : apiVersion);
    return { url: () => url, maxTokens };
  }
  const version = apiVersion ?? AZURE_API_VERSION;
  if (/\/openai\/deployments\/[^/]+$/.test(path)) {
    const url = at(path, version);
    return { url: () => url, maxTokens };
  }
  const deployments = path.replace(/\/openai(\/deployments)?$/, "") + "/openai/deployments";
  return { url: (model) => at(`${deployments}/${encodeURIComponent(model)}`, version), maxTokens };
}
