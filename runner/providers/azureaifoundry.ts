import { azureEndpoint } from "../../shared/providers.ts";
import { azureChatUrl } from "./azure_chat_url.ts";
import { chatModels } from "./openai/chat_model.ts";
import { serverHeaders } from "./openai/server_headers.ts";
import type { CreateProvider } from "./provider.ts";

/**
 * Models that are deployed in Azure (Azure OpenAI, AI Foundry), with an API key; a model's name is
 * that of its deployment. `extraConfig`: `endpoint` or `baseURL` (any form that
 * {@linkcode azureChatUrl} knows), `apiVersion`, `headers`. The endpoint may be the credential
 * AZURE_OPENAI_ENDPOINT.
 */
export const azureaifoundry: CreateProvider = ({ credentials, extraConfig }) => {
  const key = credentials.AZURE_OPENAI_API_KEY;
  if (!key?.trim()) {
    throw new Error('the provider "azureaifoundry" needs the credential AZURE_OPENAI_API_KEY');
  }
  const { apiVersion } = extraConfig;
  const { url, maxTokens } = azureChatUrl(
    azureEndpoint(extraConfig, credentials),
    typeof apiVersion === "string" && apiVersion !== "" ? apiVersion : undefined,
  );
  return chatModels({
    provider: "azureaifoundry",
    url,
    headers: serverHeaders(extraConfig, {
      name: "api-key",
      credential: "AZURE_OPENAI_API_KEY",
      key,
    }),
    maxTokens,
    streamUsage: true,
  });
};
