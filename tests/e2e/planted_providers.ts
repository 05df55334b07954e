import { converseAnswer, eventStream as converseStream } from "../runner/bedrock_server.ts";
import { eventMessage } from "../runner/event_stream_message.ts";
import { anthropicError, messagesFormat } from "../runner/anthropic_wire.ts";
import { geminiFormat, googleError } from "../runner/gemini_wire.ts";
import { chatAnswer, event } from "../runner/openai/chat_api_server.ts";
import { CHAT_PROVIDERS, type ChatProvider } from "../runner/openai/chat_flow.ts";
import type { Wire, WireAnswer } from "../runner/provider_matrix.ts";
import { bedrockError } from "../runner/bedrock_server.ts";
import type { ProviderRequest } from "../runner/provider_server.ts";
import { apiError } from "../runner/openai/chat_api_server.ts";
import { serviceAccount, tokenAnswer } from "../runner/vertex_wire.ts";

/** A provider as a mock speaks for it, and how objects set it up. */
export interface PlantedProvider {
  type: string;
  model: string;
  region?: string;
  extraConfig(url: string): Record<string, unknown>;
  /** The Secret's content: each value is one that must never be told. */
  credentials: Record<string, string>;
  answer(request: ProviderRequest, answer: WireAnswer): Response;
  /** The beginning of a stream. */
  begin(text: string): string | Uint8Array;
  error(code: number): Response;
  other?: Wire["other"];
}

const key = (type: string) => `planted-${type}-key-0123456789`;

const baseURL = (url: string) => ({ baseURL: url });

function chat({ type, model, extraConfig, credentials }: ChatProvider): PlantedProvider {
  return {
    type,
    model,
    extraConfig,
    credentials: credentials(key(type)),
    answer: ({ body }, { texts, toolCalls }) =>
      chatAnswer({ body }, {
        ...texts && { content: texts.join("") },
        ...toolCalls && {
          tool_calls: toolCalls.map(({ name, input }, index) => ({
            id: `call_${index}`,
            type: "function",
            function: { name, arguments: JSON.stringify(input) },
          })),
        },
      }),
    begin: (content) => event({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
    error: (code) => apiError(code, { code: "some_code" }),
  };
}

const gemini = {
  model: "gemini-2.5-flash",
  answer: geminiFormat.answer,
  begin: geminiFormat.begin,
  error: (code: number) => googleError(code, ""),
};

const account = serviceAccount("planted-vertexai-token-0123456789");

/** Every provider that asks somebody. */
export const PLANTED_PROVIDERS: readonly PlantedProvider[] = [
  ...CHAT_PROVIDERS.map(chat),
  {
    ...gemini,
    type: "googleai",
    extraConfig: baseURL,
    credentials: { GEMINI_API_KEY: key("googleai") },
  },
  {
    ...gemini,
    type: "vertexai",
    region: "europe-west1",
    extraConfig: (url) => ({ baseURL: url, tokenURL: `${url}/token` }),
    credentials: { GOOGLE_APPLICATION_CREDENTIALS: account },
    other: tokenAnswer,
  },
  {
    type: "anthropic",
    model: "claude-haiku-4-5",
    extraConfig: baseURL,
    credentials: { ANTHROPIC_API_KEY: key("anthropic") },
    answer: messagesFormat.answer,
    begin: messagesFormat.begin,
    error: (code) => anthropicError(code, { key: "" }),
  },
  {
    type: "bedrock",
    model: "anthropic.claude-3-5-sonnet-20240620-v1:0",
    region: "eu-west-1",
    extraConfig: baseURL,
    credentials: {
      AWS_ACCESS_KEY_ID: "AKIAPLANTEDKEYID0123",
      AWS_SECRET_ACCESS_KEY: key("bedrock"),
      AWS_SESSION_TOKEN: "planted-bedrock-session-0123456789",
    },
    answer: ({ path }, { texts = [], toolCalls = [] }) =>
      converseAnswer({ stream: path.endsWith("/converse-stream") }, {
        content: [
          ...texts.length > 0 ? [{ text: texts.join("") }] : [],
          ...toolCalls.map(({ name, input }, index) => ({
            toolUse: { toolUseId: `tool_${index}`, name, input },
          })),
        ],
        stopReason: toolCalls.length > 0 ? "tool_use" : "end_turn",
      }),
    begin: (text) => eventMessage("contentBlockDelta", { contentBlockIndex: 0, delta: { text } }),
    error: (code) => bedrockError(code, "SomeException"),
  },
];

/** What no output may hold of a provider's credentials. */
export function credentialMarkers({ type, credentials }: PlantedProvider): string[] {
  if (type !== "vertexai") return Object.values(credentials);
  const { private_key, client_email } = JSON.parse(account);
  const [, line] = private_key.split("\n");
  return [line, client_email.split("@")[0]];
}

/** The same error, whose every text quotes the whole request, its key and its prompt. */
export async function quoting(
  response: Response,
  { headers, path, body }: ProviderRequest,
): Promise<Response> {
  const quoted = JSON.stringify({ headers: [...headers], path, body });
  const fill = (value: unknown, name = ""): unknown =>
    typeof value === "string" && name === "message"
      ? quoted
      : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fill(inner, name)]))
      : value;
  const told = new Headers(response.headers);
  told.delete("content-length");
  told.set("x-debug", [...headers].map(([, value]) => value).join(" ").slice(0, 2000));
  return new Response(JSON.stringify(fill(await response.json())), {
    status: response.status,
    headers: told,
  });
}

/** A stream that has begun and does not go on: it waits, or breaks off. */
export function begun(begin: string | Uint8Array, type: string, then: Promise<"drop">): Response {
  const bytes = typeof begin === "string" ? new TextEncoder().encode(begin) : begin;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes),
    async pull(controller) {
      await then;
      controller.error(new Error("broken off"));
    },
  }, { highWaterMark: 0 });
  const contentType = type === "bedrock"
    ? converseStream([]).headers.get("content-type")!
    : "text/event-stream";
  return new Response(body, { headers: { "content-type": contentType } });
}
