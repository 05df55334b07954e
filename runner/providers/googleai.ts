import { googleAI } from "@genkit-ai/google-genai";
import { baseUrlOf } from "../../shared/providers.ts";
import type { CreateProvider } from "./provider.ts";

/** Google's Gemini API, with an API key. `extraConfig`: `baseURL`, `apiVersion`. */
export const googleai: CreateProvider = ({ credentials, extraConfig }) => {
  const apiKey = credentials.GEMINI_API_KEY ?? credentials.GOOGLE_API_KEY;
  if (apiKey === undefined || apiKey.trim() === "") {
    throw new Error(
      'the provider "googleai" needs the credential GEMINI_API_KEY or GOOGLE_API_KEY',
    );
  }
  // The plugin adds the version; a base URL often ends with it, as Google's own pages show it.
  const [, baseUrl, version] = /^(.*?)(?:\/(v1(?:alpha|beta)?))?$/.exec(
    baseUrlOf(extraConfig) ?? "",
  )!;
  const { apiVersion = version } = extraConfig;
  return googleAI({
    // A key from a file often ends with a newline, which no header may hold.
    apiKey: apiKey.trim(),
    ...baseUrl && { baseUrl },
    ...typeof apiVersion === "string" && { apiVersion },
  });
};
