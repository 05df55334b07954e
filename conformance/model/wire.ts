import type { ModelAnswer, ModelRequest } from "./model_request.ts";

/** The format of a provider's HTTP API, as far as text, tools and streams need it. */
export interface Wire {
  /** Whether a request with this path is of this format. */
  takes(path: string): boolean;
  read(request: { path: string; headers: Headers; body: Record<string, unknown> }): ModelRequest;
  answer(answer: ModelAnswer, request: ModelRequest): Response;
  fail(status: number, message: string): Response;
}

/** Gives a stream of server-sent events with these as their data. */
export function eventStream(events: readonly string[]): Response {
  const body = events.map((event) => `data: ${event}\n\n`).join("");
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

/** The elements of what should be a list of objects. */
export function objects(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "object" && each) : [];
}

/** What should be an object. */
export function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

/** A text in pieces of two words, as a stream brings it. */
export function pieces(text: string): string[] {
  return text.match(/\s*\S+(\s+\S+)?\s*$|\s*\S+(\s+\S+)?/g) ?? [text];
}
