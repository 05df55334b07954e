import { FlowError } from "../../../shared/flow_error.ts";
import type { SendMessage } from "../anthropic/claude_model.ts";
import { sendMessage } from "../anthropic/send_message.ts";
import type { VertexAccess } from "./vertex_access.ts";

/**
 * Sends requests of the Messages API to Claude on Vertex AI: the model stands in the address, the
 * API's version in the body (https://platform.claude.com/docs/en/api/claude-on-vertex-ai).
 *
 * @param base Without a slash at its end.
 */
export function claudeOnVertex(access: VertexAccess, base: string): SendMessage {
  return async ({ model, ...body }, { stream, signal }) => {
    if ("apiKey" in access) {
      const message = "Claude on Vertex AI cannot be used with an API key (express mode)";
      throw new FlowError("FAILED_PRECONDITION", message);
    }
    const { projectId, location, token } = access;
    const place = `projects/${projectId}/locations/${location}/publishers/anthropic/models`;
    const method = stream ? "streamRawPredict" : "rawPredict";
    return await sendMessage({
      url: `${base}/v1/${place}/${encodeURIComponent(String(model))}:${method}`,
      headers: { authorization: `Bearer ${await token()}` },
      body: { anthropic_version: "vertex-2023-10-16", ...body },
      signal,
    });
  };
}
