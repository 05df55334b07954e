import { baseUrlOf } from "../../shared/providers.ts";
import { chatModels } from "./openai/chat_model.ts";
import { serverHeaders } from "./openai/server_headers.ts";
import type { CreateProvider } from "./provider.ts";

/**
 * OpenAI's chat models, with an API key. `extraConfig`: `baseURL` (with its `/v1`), `organization`,
 * `project`, `headers`.
 */
export const openai: CreateProvider = ({ credentials, extraConfig }) => {
  const key = credentials.OPENAI_API_KEY;
  if (!key?.trim()) throw new Error('the provider "openai" needs the credential OPENAI_API_KEY');
  const { organization, project } = extraConfig;
  const url = `${baseUrlOf(extraConfig) ?? "https://api.openai.com/v1"}/chat/completions`;
  return chatModels({
    provider: "openai",
    url: () => url,
    headers: {
      ...typeof organization === "string" && { "openai-organization": organization },
      ...typeof project === "string" && { "openai-project": project },
      ...serverHeaders(extraConfig, {
        name: "authorization",
        scheme: "Bearer",
        credential: "OPENAI_API_KEY",
        key,
      }),
    },
    maxTokens: "max_completion_tokens",
    streamUsage: true,
  });
};
