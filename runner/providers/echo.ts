import { genkitPluginV2, model } from "genkit/plugin";
import type { GenerateRequest, MessageData, Part } from "genkit";
import { FlowError } from "../../shared/flow_error.ts";
import { runningCall } from "../sandbox/running_call.ts";
import { asSchema } from "../schema/json_schema.ts";
import { schemaSample } from "../schema/schema_sample.ts";
import { echoSettings } from "./echo_settings.ts";
import { pause } from "./pause.ts";
import type { CreateProvider } from "./provider.ts";

/**
 * A provider that needs no key and no network: the same request gets the same answer. It answers
 * with the text that it was asked, or with a sample of the JSON that it was asked for. Settings
 * ({@linkcode EchoSettings}) are in `extraConfig.echo` and in a model's or prompt's config.
 */
export const echo: CreateProvider = ({ extraConfig }) => {
  const answer = model(
    {
      name: "echo/echo",
      supports: { multiturn: true, media: true, tools: true, systemRole: true, constrained: "all" },
    },
    async (request, { streamingRequested, sendChunk, abortSignal }) => {
      const settings = echoSettings(extraConfig.echo, request.config);
      await pause(settings.delayMs, abortSignal);
      if (settings.fail) throw new FlowError(settings.fail.status, settings.fail.message);
      const content = answerTo(request, settings.callTool, settings.text);
      if (streamingRequested) {
        for (const part of inPieces(content)) {
          await pause(settings.chunkDelayMs, abortSignal);
          await runningCall.getStore()?.window?.open();
          abortSignal.throwIfAborted();
          sendChunk({ index: 0, role: "model", content: [part] });
        }
      }
      return {
        message: { role: "model", content },
        finishReason: "stop",
        usage: {
          inputTokens: words(request.messages.flatMap((message) => message.content)),
          outputTokens: words(content),
        },
      };
    },
  );
  return genkitPluginV2({ name: "echo", init: () => [answer] });
};

function answerTo(
  request: GenerateRequest,
  callTool: string | undefined,
  text: string | undefined,
): Part[] {
  const last = request.messages.at(-1);
  const result = last?.content.find((part) => part.toolResponse)?.toolResponse;
  const tool = request.tools?.find(({ name }) => name === callTool);
  if (tool !== undefined && result === undefined) {
    const input = schemaSample(asSchema(tool.inputSchema));
    return [{ toolRequest: { name: tool.name, ref: "echo", input } }];
  }
  if (text !== undefined) return [{ text }];
  if (request.output?.schema !== undefined) {
    const sample = schemaSample(asSchema(request.output.schema));
    if (request.output.format === "enum") return [{ text: String(sample) }];
    const lines = request.output.format === "jsonl" && Array.isArray(sample) ? sample : [sample];
    return [{ text: lines.map((line) => JSON.stringify(line)).join("\n") }];
  }
  if (result !== undefined) {
    const { output } = result;
    return [{ text: typeof output === "string" ? output : JSON.stringify(output) }];
  }
  const asked = askedText(request.messages);
  return [{ text: request.output?.format === "json" ? JSON.stringify({ text: asked }) : asked }];
}

/** The last text of a user; where a prompt has only a system message, that one. */
function askedText(messages: readonly MessageData[]): string {
  const texts = (role: string) =>
    messages.filter((message) => message.role === role)
      .map(({ content }) => content.map((part) => part.text ?? "").join("").trim());
  return [...texts("system"), ...texts("user")].findLast((text) => text !== "") ?? "";
}

/** A text word by word, each with the space before it; other parts as they are. */
function inPieces(content: readonly Part[]): Part[] {
  return content.flatMap((part): Part[] =>
    part.text === undefined
      ? [part]
      : (part.text.match(/\s*\S+|\s+$/g) ?? []).map((text) => ({ text }))
  );
}

function words(content: readonly Part[]): number {
  return content.reduce((sum, part) => sum + (part.text?.match(/\S+/g)?.length ?? 0), 0);
}
