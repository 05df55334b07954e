import { baseUrlOf } from "../../shared/providers.ts";
import { chatModels } from "./openai/chat_model.ts";
import { serverHeaders } from "./openai/server_headers.ts";
import type { CreateProvider } from "./provider.ts";

/**
 * Any server with OpenAI's chat completions API: vLLM, LiteLLM, Groq, llama.cpp, … The key may be
 * left out. `extraConfig`: `baseURL` (all that stands before `/chat/completions`), `headers`,
 * `maxTokensField` (`max_tokens`, or `max_completion_tokens`), `streamUsage` (`false` for a server
 * that refuses `stream_options`).
 */
export const openaicompatible: CreateProvider = ({ credentials, extraConfig }) => {
  const baseUrl = baseUrlOf(extraConfig);
  if (baseUrl === undefined) {
    throw new Error('the provider "openaicompatible" needs extraConfig.baseURL');
  }
  const url = `${baseUrl}/chat/completions`;
  const { maxTokensField = "max_tokens", streamUsage = true } = extraConfig;
  if (maxTokensField !== "max_tokens" && maxTokensField !== "max_completion_tokens") {
    throw new Error(
      `extraConfig.maxTokensField is ${JSON.stringify(maxTokensField)}, ` +
        'should be "max_tokens" or "max_completion_tokens"',
    );
  }
  return chatModels({
    provider: "openaicompatible",
    url: () => url,
    headers: serverHeaders(extraConfig, {
      name: "authorization",
      scheme: "Bearer",
      credential: "OPENAI_API_KEY",
      key: credentials.OPENAI_API_KEY,
    }),
    maxTokens: maxTokensField,
    streamUsage: streamUsage !== false,
  });
};
