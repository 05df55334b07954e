import { ollamaAddress } from "../../shared/providers.ts";
import { chatModels } from "./openai/chat_model.ts";
import { serverHeaders } from "./openai/server_headers.ts";
import type { CreateProvider } from "./provider.ts";

/**
 * An Ollama server, by its OpenAI-compatible API (https://docs.ollama.com/openai): it has ids for
 * calls of tools, counts tokens of streamed answers, and needs no code of its own. What only
 * Ollama's own API takes (`num_ctx`, `top_k`) it passes over: set `OLLAMA_CONTEXT_LENGTH` on the
 * server, or parameters in a Modelfile. `extraConfig`: `serverAddress` or `baseURL`, with or without
 * `/v1` or `/api`; `headers`. The key is for servers behind one, such as ollama.com.
 */
export const ollama: CreateProvider = ({ credentials, extraConfig }) => {
  const address = ollamaAddress(extraConfig).href.replace(/\/+$/, "").replace(/\/(v1|api)$/, "");
  return chatModels({
    provider: "ollama",
    url: () => `${address}/v1/chat/completions`,
    headers: serverHeaders(extraConfig, {
      name: "authorization",
      scheme: "Bearer",
      credential: "OLLAMA_API_KEY",
      key: credentials.OLLAMA_API_KEY,
    }),
    maxTokens: "max_tokens",
    streamUsage: true,
  });
};
