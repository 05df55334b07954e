import type { ModelAnswer } from "./model_request.ts";
import { eventStream, object, objects, pieces, type Wire } from "./wire.ts";

/** Gemini's API (https://ai.google.dev/api/generate-content). */
export const geminiWire: Wire = {
  takes: (path) => /:(stream)?generateContent\b/i.test(path),
  read({ path, headers, body }) {
    const contents = objects(body.contents);
    const lines = [object(body.systemInstruction), ...contents].map(textOf);
    const isAsked = (content: Record<string, unknown>) =>
      content.role !== "model" && textOf(content) !== "";
    const asked = contents.findLastIndex(isAsked);
    const declarations = objects(body.tools)
      .flatMap(({ functionDeclarations }) => objects(functionDeclarations));
    return {
      model: /models\/([^:/]+):/.exec(path)?.[1] ?? "",
      key: headers.get("x-goog-api-key") ??
        new URL(path, "http://model").searchParams.get("key") ?? "",
      text: lines.join("\n"),
      asked: textOf(contents[asked] ?? {}),
      temperature: number(object(body.generationConfig).temperature),
      tools: declarations.map(({ name, description, parameters, parametersJsonSchema }) => ({
        name: String(name),
        description: String(description ?? ""),
        schema: JSON.stringify(parameters ?? parametersJsonSchema ?? {}),
      })),
      toolOutputs: contents.slice(asked + 1).flatMap(({ parts }) =>
        objects(parts).flatMap(({ functionResponse }) =>
          functionResponse ? [JSON.stringify(object(functionResponse).response)] : []
        )
      ),
      streamed: /:streamGenerateContent/.test(path),
    };
  },
  answer(answer, { streamed }) {
    if (!streamed) return Response.json(chunk(partsOf(answer), true));
    const parts = "text" in answer
      ? pieces(answer.text).map((text) => ({ text }))
      : partsOf(answer);
    return eventStream(
      parts.map((part, index) => JSON.stringify(chunk([part], index === parts.length - 1))),
    );
  },
  // Names of errors: https://google.aip.dev/193
  fail: (code, message) =>
    Response.json({ error: { code, status: "UNAVAILABLE", message } }, { status: code }),
};

function chunk(parts: unknown[], last: boolean) {
  return {
    candidates: [{ content: { role: "model", parts }, index: 0, ...last && DONE }],
    usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 3, totalTokenCount: 10 },
  };
}

const DONE = { finishReason: "STOP" };

function partsOf(answer: ModelAnswer): Record<string, unknown>[] {
  return "text" in answer
    ? [{ text: answer.text }]
    : [{ functionCall: { name: answer.tool, args: answer.input } }];
}

function textOf(content: Record<string, unknown>): string {
  return objects(content.parts).map(({ text }) => typeof text === "string" ? text : "").join("");
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
