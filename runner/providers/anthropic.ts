import { genkitPluginV2 } from "genkit/plugin";
import { baseUrlOf } from "../../shared/providers.ts";
import type { CreateProvider } from "./provider.ts";
import { claudeModel, type SendMessage } from "./anthropic/claude_model.ts";
import { sendMessage } from "./anthropic/send_message.ts";

/** The version of the API (https://platform.claude.com/docs/en/api/versioning). */
const VERSION = "2023-06-01";

/**
 * Anthropic's Messages API, with an API key. `extraConfig`: `baseURL`, and `betas`, a list of beta
 * features for the header `anthropic-beta`.
 *
 * It is a model of our own: Genkit's plugin takes a base URL from the environment only, sends each
 * failing request three times, refuses JSON output, streams a tool's call without its input, drops
 * `toolChoice`, and lets a prompt's config replace the whole request.
 */
export const anthropic: CreateProvider = ({ credentials, extraConfig }) => {
  const apiKey = credentials.ANTHROPIC_API_KEY?.trim();
  if (!apiKey) throw new Error('the provider "anthropic" needs the credential ANTHROPIC_API_KEY');
  const base = (baseUrlOf(extraConfig) ?? "https://api.anthropic.com").replace(/\/v1$/, "");
  const { betas } = extraConfig;
  const headers = {
    "x-api-key": apiKey,
    "anthropic-version": VERSION,
    ...Array.isArray(betas) && betas.length > 0 && { "anthropic-beta": betas.join(",") },
  };
  const send: SendMessage = (body, { signal }) =>
    sendMessage({ url: `${base}/v1/messages`, headers, body, signal });
  return genkitPluginV2({
    name: "anthropic",
    resolve: (kind, name) =>
      kind === "model"
        ? claudeModel(`anthropic/${name.replace(/^anthropic\//, "")}`, send)
        : undefined,
  });
};
