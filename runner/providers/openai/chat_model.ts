import type { GenerateRequest, Part } from "genkit";
import { type GenkitPluginV2, genkitPluginV2, model } from "genkit/plugin";
import { simulateConstrainedGeneration } from "genkit/model";
import { FlowError } from "../../../shared/flow_error.ts";
import { runningCall } from "../../sandbox/running_call.ts";
import { type ChatAnswer, generateResponse } from "./chat_answer.ts";
import { blocked, ChatFailure } from "./chat_failure.ts";
import { chatRequest } from "./chat_request.ts";
import type { ChatServer } from "./chat_server.ts";
import { readAnswer } from "./read_answer.ts";
import { type ChatPiece, readStream } from "./read_stream.ts";
import { needsInstructions } from "./response_format.ts";

/**
 * Makes a Genkit plugin whose models are those of a server that speaks OpenAI's chat completions
 * API. It is our own since `@genkit-ai/compat-oai` deletes a temperature of 0, passes over
 * `maxOutputTokens`, and cannot stream JSON.
 *
 * Any name is a model: which ones there are, the server knows.
 */
export function chatModels(
  server: ChatServer,
  fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request),
): GenkitPluginV2 {
  return genkitPluginV2({
    name: server.provider,
    resolve: (type, name) => type === "model" ? chatModel(server, name, fetch) : undefined,
  });
}

function chatModel(server: ChatServer, name: string, fetch: typeof globalThis.fetch) {
  const supports = {
    multiturn: true,
    media: true,
    tools: true,
    toolChoice: true,
    systemRole: true,
    // A Model object's `info` says what its model lacks.
    constrained: "all" as const,
  };
  const { provider } = server;
  const inWords = simulateConstrainedGeneration();
  return model(
    { name: `${provider}/${name}`, supports },
    async (request, { streamingRequested, sendChunk, abortSignal }) => {
      const send = (part: Part) => sendChunk({ index: 0, role: "model", content: [part] });
      const onPiece = async (piece: ChatPiece) => {
        await runningCall.getStore()?.window?.open();
        abortSignal.throwIfAborted();
        send(piece);
      };
      const ask = async (request: GenerateRequest) => {
        const response = await post(request, streamingRequested, abortSignal);
        const answer = await read(provider, response, streamingRequested ? onPiece : undefined);
        const earlier = request.messages.flatMap(({ content }) => content);
        const calls = earlier.filter(({ toolRequest }) => toolRequest).length;
        const result = generateResponse(provider, answer, calls);
        if (streamingRequested) {
          for (const part of result.message!.content) if (part.toolRequest) send(part);
        }
        return result;
      };
      try {
        return await (needsInstructions(request)
          ? inWords(request, (changed) => ask(changed ?? request))
          : ask(request));
      } catch (error) {
        throw error instanceof ChatFailure && error.blocked ? blocked(provider) : error;
      }
    },
  );

  async function post(
    request: GenerateRequest,
    stream: boolean,
    signal: AbortSignal,
  ): Promise<Response> {
    signal.throwIfAborted();
    const { model, body } = chatRequest(server, name, request, stream);
    const response = await fetch(server.url(model), {
      method: "POST",
      headers: { ...server.headers, "content-type": "application/json" },
      body: JSON.stringify(body),
      // A header with a key must not follow to another host.
      redirect: "manual",
      signal,
    });
    if (response.ok) return response;
    if (response.status < 400) {
      await response.body?.cancel();
      const message =
        `The provider "${provider}" answered ${response.status}, a redirect, and none is followed`;
      throw new FlowError("UNAVAILABLE", message, { http: 502 });
    }
    throw new ChatFailure(response.status, await jsonOrNone(response), response.headers);
  }
}

async function read(
  provider: string,
  response: Response,
  onPiece: ((piece: ChatPiece) => Promise<void>) | undefined,
): Promise<ChatAnswer> {
  const isStream = /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? "");
  if (isStream && response.body !== null) {
    return await readStream(provider, response.body, onPiece ?? (() => Promise.resolve()));
  }
  const answer = readAnswer(provider, await response.text());
  // A server that cannot stream answers at once.
  if (answer.text !== "") await onPiece?.({ text: answer.text });
  return answer;
}

/** An error's body, whose length a proxy that is no part of the API may have made up. */
async function jsonOrNone(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await response.text());
  } catch {
    return undefined;
  }
}
