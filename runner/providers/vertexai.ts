import type { ModelAction } from "genkit/model";
import { genkitPluginV2 } from "genkit/plugin";
import { baseUrlOf } from "../../shared/providers.ts";
import { vertexUrl } from "../../shared/vertex.ts";
import { claudeModel } from "./anthropic/claude_model.ts";
import type { CreateProvider } from "./provider.ts";
import { claudeOnVertex } from "./vertexai/claude_on_vertex.ts";
import { geminiOnVertex, reroutedModel } from "./vertexai/gemini_on_vertex.ts";
import { vertexAccess } from "./vertexai/vertex_access.ts";

/**
 * Google's Vertex AI: Gemini through Genkit's plugin, Claude through our own model. The credentials
 * are a service account's or a person's key (GOOGLE_APPLICATION_CREDENTIALS, its JSON), the key of
 * express mode (VERTEX_API_KEY), or a token that the main process keeps fresh (GOOGLE_ACCESS_TOKEN).
 * `extraConfig`: `projectId`, `location`, `baseURL`, `apiVersion` (of Gemini), `tokenURL`.
 */
export const vertexai: CreateProvider = (options) => {
  const { extraConfig } = options;
  const access = vertexAccess(options);
  const baseUrl = baseUrlOf(extraConfig)?.replace(/\/v1(beta1)?$/, "");
  const gemini = geminiOnVertex(access, extraConfig.apiVersion);
  const location = "apiKey" in access ? "global" : access.location;
  const sendToClaude = claudeOnVertex(access, baseUrl ?? vertexUrl(location));
  return genkitPluginV2({
    name: "vertexai",
    async resolve(kind, name) {
      if (kind !== "model") return undefined;
      const own = name.replace(/^vertexai\//, "");
      if (own.startsWith("claude-")) {
        // An organization must first allow structured outputs there.
        return claudeModel(`vertexai/${own}`, sendToClaude, { structuredOutputs: false });
      }
      const model = await gemini.resolve?.(kind, own) as ModelAction | undefined;
      return model && baseUrl !== undefined ? reroutedModel(model, baseUrl) : model;
    },
  });
};
