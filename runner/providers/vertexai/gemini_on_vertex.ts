import { vertexAI } from "@genkit-ai/google-genai";
import type { ModelAction } from "genkit/model";
import { type GenkitPluginV2, model } from "genkit/plugin";
import { rerouted } from "./rerouted_fetch.ts";
import type { VertexAccess } from "./vertex_access.ts";

/** Options of Genkit's plugin. */
type Options = NonNullable<Parameters<typeof vertexAI>[0]>;

/**
 * Makes Genkit's plugin for Vertex AI with tokens of ours. Its own login would look at the machine's
 * environment, files and metadata server, none of which a sandbox may see.
 */
export function geminiOnVertex(access: VertexAccess, apiVersion: unknown): GenkitPluginV2 {
  const version = apiVersion === "v1" || apiVersion === "v1beta1" ? { apiVersion } as const : {};
  if ("apiKey" in access) return vertexAI({ apiKey: access.apiKey, ...version });
  const { projectId, location, token } = access;
  // What the plugin's login asks of an AuthClient.
  const authClient = {
    async getAccessToken() {
      try {
        return { token: await token() };
      } catch (cause) {
        // The plugin throws an error of its own, with the cause of the one that it got.
        throw new Error("There is no access token", { cause });
      }
    },
  };
  const googleAuth = { authClient } as unknown as Options["googleAuth"];
  return vertexAI({ projectId, location, googleAuth, ...version });
}

/** A model whose requests to Vertex AI go to `baseUrl`. */
export function reroutedModel(action: ModelAction, baseUrl: string): ModelAction {
  const { name, metadata } = action.__action;
  const { supports } = metadata?.model ?? {};
  return model(
    { name, supports },
    (request, { streamingRequested, sendChunk, abortSignal, context }) =>
      rerouted(baseUrl, async () => {
        const onChunk = streamingRequested ? { onChunk: sendChunk } : {};
        return (await action.run(request, { ...onChunk, abortSignal, context })).result;
      }),
  );
}
