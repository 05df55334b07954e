import { loadFlow } from "../../runner/sandbox/flow.ts";
import { flowDefinition } from "./flow_definition.ts";
import type { Wire, WireAnswer } from "./provider_matrix.ts";
import { eventStream } from "./provider_server.ts";

/** A part of an answer: its last one has the reason why it finished. */
export function geminiBody(parts: Record<string, unknown>[], last = true) {
  return {
    candidates: [{
      content: { role: "model", parts },
      index: 0,
      ...last && { finishReason: "STOP" },
    }],
    usageMetadata: {
      promptTokenCount: 17,
      cachedContentTokenCount: 5,
      candidatesTokenCount: 1,
      // Thoughts are told apart, and billed as output.
      thoughtsTokenCount: 2,
      totalTokenCount: 20,
    },
  };
}

function partsOf({ texts = [], toolCalls = [] }: WireAnswer): Record<string, unknown>[] {
  return [
    ...texts.map((text) => ({ text })),
    ...toolCalls.map(({ name, input }) => ({ functionCall: { name, args: input } })),
  ];
}

function event(body: unknown): string {
  return `data: ${JSON.stringify(body)}\r\n\r\n`;
}

/** The format of Gemini's answers, which Google AI and Vertex AI have in common. */
export const geminiFormat: Pick<Wire, "streams" | "answer" | "begin" | "toolOutputs"> = {
  streams: ({ path }) => path.endsWith(":streamGenerateContent?alt=sse"),
  answer(request, answer) {
    const parts = partsOf(answer);
    if (!geminiFormat.streams(request)) {
      // A whole answer has its text in one part.
      const text = answer.texts?.join("");
      return Response.json(geminiBody(text === undefined ? parts : [{ text }]));
    }
    const events = parts.map((part, i) => event(geminiBody([part], i === parts.length - 1)));
    return eventStream(...events);
  },
  begin: (text) => event(geminiBody([{ text }], false)),
  toolOutputs: ({ body }) =>
    (body.contents.at(-1).parts as { functionResponse?: { response: { content: unknown } } }[])
      .flatMap(({ functionResponse }) =>
        functionResponse ? [functionResponse.response.content] : []
      ),
};

/** The names of errors, by their status (https://google.aip.dev/193). */
const NAMES: Record<number, string> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

/** An error as Google's APIs give it. */
export function googleError(code: number, key: string, headers: Record<string, string> = {}) {
  const message = `Something about ${key} and "Greet Ann"`;
  const error = { code, status: NAMES[code] ?? "UNKNOWN", message };
  return Response.json({ error }, { status: code, headers });
}

const KEY = "AIzaSy-the-right-key";

/** Google AI, which has the same API with keys. */
export const googleaiWire: Wire = {
  provider: "googleai",
  key: KEY,
  load: (url, { source, tools = [], key }) =>
    loadFlow({
      definition: flowDefinition({ main: source }, {
        config: {
          plugin: { type: "googleai", extraConfig: { baseURL: url } },
          defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
        },
        tools,
      }),
      credentials: { GEMINI_API_KEY: key },
    }),
  keyOf: ({ headers }) => headers.get("x-goog-api-key"),
  ...geminiFormat,
  error: (code, headers) => googleError(code, KEY, headers),
};
