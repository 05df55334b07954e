import type { GenerateRequest, GenerateResponseData, Part } from "genkit";
import { simulateConstrainedGeneration } from "genkit/model";
import { model } from "genkit/plugin";
import { asSchema, type JsonSchema } from "../../schema/json_schema.ts";
import { toolNames } from "../tool_names.ts";
import { toAnswer } from "./message_answer.ts";
import { messageRequest } from "./message_request.ts";
import { errorOf, readMessageStream } from "./message_stream.ts";
import { strictSchema } from "./strict_schema.ts";

/** Types of an answer that is none of events. */
const NO_STREAM = /^(application\/json|text\/html)\b/i;

/** Sends the body of a request, and gives the response where it is a success. */
export type SendMessage = (
  body: Record<string, unknown>,
  options: { stream: boolean; signal: AbortSignal },
) => Promise<Response>;

/**
 * Makes a Genkit model of a Claude model.
 *
 * An answer's JSON schema is kept by the API's structured outputs where the model has them (Claude
 * 4.5 and later) and the schema can be said that way, else asked for in words.
 *
 * @param name As Genkit knows it, e.g. `anthropic/claude-sonnet-4-5`.
 * @param options.structuredOutputs Whether the server has them.
 */
export function claudeModel(
  name: string,
  send: SendMessage,
  { structuredOutputs = true }: { structuredOutputs?: boolean } = {},
) {
  const claude = name.slice(name.indexOf("/") + 1);
  return model(
    {
      name,
      supports: {
        multiturn: true,
        media: true,
        tools: true,
        toolChoice: true,
        systemRole: true,
        constrained: "all",
        output: ["text", "json"],
      },
    },
    (request, { streamingRequested: stream, sendChunk, abortSignal: signal }) => {
      const names = toolNames((request.tools ?? []).map(({ name }) => name));
      const ask = async (
        request: GenerateRequest,
        schema?: JsonSchema,
      ): Promise<GenerateResponseData> => {
        const body = messageRequest(request, { model: claude, names, schema, stream });
        const response = await send(body, { stream, signal });
        const sendPart = (part: Part) => sendChunk({ index: 0, role: "model", content: [part] });
        const type = response.headers.get("content-type") ?? "";
        if (stream && !NO_STREAM.test(type)) {
          return toAnswer(await readMessageStream(response.body!, names, sendPart), names);
        }
        const message = asSchema(await response.json());
        if (message.type === "error") throw errorOf(message);
        const answer = toAnswer(message, names);
        // A gateway that cannot stream answers at once.
        if (stream) answer.message!.content.forEach(sendPart);
        return answer;
      };
      const { constrained, schema } = request.output ?? {};
      if (!constrained || schema === undefined) return ask(request);
      const canBeStrict = structuredOutputs && hasStructuredOutputs(claude);
      const strict = canBeStrict ? strictSchema(schema) : undefined;
      if (strict !== undefined) return ask(request, strict);
      return simulateConstrainedGeneration()(request, (simulated) => ask(simulated ?? request));
    },
  );
}

/** Whether it is Claude 4.5 or later: `claude-haiku-4-5-20251001`, not `claude-opus-4-20250514`. */
export function hasStructuredOutputs(name: string): boolean {
  const [, major, minor = "0"] = /claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name) ?? [];
  return Number(major) + Number(minor) / 100 >= 4.05;
}
