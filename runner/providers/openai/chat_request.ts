import type { GenerateRequest } from "genkit";
import type { ToolDefinition } from "genkit/model";
import { asSchema } from "../../schema/json_schema.ts";
import { chatConfig } from "./chat_config.ts";
import { type ChatMessage, chatMessages } from "./chat_messages.ts";
import type { ChatServer } from "./chat_server.ts";
import { responseFormat } from "./response_format.ts";

/** What is sent to a server. */
export interface ChatRequest {
  model: string;
  body: Record<string, unknown>;
}

/**
 * Makes a request of OpenAI's chat completions API
 * (https://platform.openai.com/docs/api-reference/chat/create).
 *
 * @throws {FlowError} where the request has what the API cannot be asked.
 */
export function chatRequest(
  server: ChatServer,
  model: string,
  request: GenerateRequest,
  stream: boolean,
): ChatRequest {
  const { fields, version = model, imageDetail } = chatConfig(asSchema(request.config), server);
  const messages = chatMessages(request.messages, imageDetail);
  const format = responseFormat(request);
  const tools = request.tools ?? [];
  return {
    model: version,
    body: {
      ...fields,
      model: version,
      messages: format?.type === "json_object" ? namingJson(messages) : messages,
      ...tools.length > 0 && {
        tools: tools.map(chatTool),
        ...request.toolChoice && { tool_choice: request.toolChoice },
      },
      ...format && { response_format: format },
      ...stream && {
        stream: true,
        ...server.streamUsage && { stream_options: { include_usage: true } },
      },
    },
  };
}

function chatTool({ name, description, inputSchema }: ToolDefinition) {
  const parameters = inputSchema ?? { type: "object", properties: {} };
  return { type: "function", function: { name, description, parameters } };
}

/** The API refuses to answer with JSON where no message has the word. */
function namingJson(messages: ChatMessage[]): ChatMessage[] {
  return messages.some(({ content }) => texts(content).some((text) => /json/i.test(text)))
    ? messages
    : [{ role: "system", content: "Answer with JSON." }, ...messages];
}

function texts(content: ChatMessage["content"]): string[] {
  if (typeof content === "string") return [content];
  return (content ?? []).map(({ text }) => typeof text === "string" ? text : "");
}
