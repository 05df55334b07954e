import type { ModelAnswer } from "./model_request.ts";
import { eventStream, object, objects, pieces, type Wire } from "./wire.ts";

/** OpenAI's chat API (https://platform.openai.com/docs/api-reference/chat). */
export const openaiWire: Wire = {
  takes: (path) => /\/chat\/completions$/.test(path.split("?")[0]!),
  read({ headers, body }) {
    const messages = objects(body.messages);
    const asked = messages.findLastIndex(({ role }) => role === "user");
    return {
      model: String(body.model ?? ""),
      key: (headers.get("authorization") ?? "").replace(/^Bearer /, ""),
      text: messages.map(textOf).join("\n"),
      asked: textOf(messages[asked] ?? {}),
      temperature: typeof body.temperature === "number" ? body.temperature : undefined,
      tools: objects(body.tools).map((tool) => object(tool.function)).map((offered) => ({
        name: String(offered.name),
        description: String(offered.description ?? ""),
        schema: JSON.stringify(offered.parameters ?? {}),
      })),
      toolOutputs: messages.slice(asked + 1).filter(({ role }) => role === "tool").map(textOf),
      streamed: body.stream === true,
    };
  },
  answer(answer, { model, streamed }) {
    const common = { id: "chatcmpl-1", created: 1_700_000_000, model };
    const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 };
    const finish_reason = "text" in answer ? "stop" : "tool_calls";
    if (!streamed) {
      const message = { role: "assistant", ...messageOf(answer) };
      const choices = [{ index: 0, message, finish_reason }];
      return Response.json({ ...common, object: "chat.completion", choices, usage });
    }
    const deltas = "text" in answer
      ? pieces(answer.text).map((content) => ({ content }))
      : [messageOf(answer)];
    const chunk = (rest: Record<string, unknown>) =>
      JSON.stringify({ ...common, object: "chat.completion.chunk", ...rest });
    return eventStream([
      ...deltas.map((delta) => chunk({ choices: [{ index: 0, delta, finish_reason: null }] })),
      chunk({ choices: [{ index: 0, delta: {}, finish_reason }] }),
      chunk({ choices: [], usage }),
      "[DONE]",
    ]);
  },
  fail: (status, message) =>
    Response.json({ error: { message, type: "server_error", code: null } }, { status }),
};

function messageOf(answer: ModelAnswer): Record<string, unknown> {
  if ("text" in answer) return { content: answer.text };
  const called = { name: answer.tool, arguments: JSON.stringify(answer.input) };
  return {
    content: null,
    tool_calls: [{ index: 0, id: "call_1", type: "function", function: called }],
  };
}

function textOf({ content }: Record<string, unknown>): string {
  if (typeof content === "string") return content;
  return objects(content).map(({ text }) => typeof text === "string" ? text : "").join("");
}
