import { type Asked, type Exchange, exchangeKey } from "../../../../runner/recording/exchange.ts";

/** A turn of a model that was asked these texts. */
export function turn(
  texts: string | readonly string[],
  { model = "m", ...request }: { model?: string } & Record<string, unknown> = {},
): Extract<Asked, { kind: "model" }> {
  const messages = [texts].flat().map((text, i) => ({
    role: i % 2 === 0 ? "user" : "model",
    content: [{ text }],
  }));
  return { kind: "model", provider: "p", model, request: { messages, ...request } };
}

/** A call of a tool. */
export function toolCall(input: unknown, tool = "look"): Asked {
  return { kind: "tool", tool, input };
}

/** An exchange of the flow `f`. */
export function exchange(asked: Asked, text: string): Exchange {
  return { key: exchangeKey("f", asked), flow: "f", asked, answer: { response: { text } } };
}
