import { FlowError } from "../../shared/flow_error.ts";
import type { CallResult, PromptInfo } from "../host/sandbox_messages.ts";

/**
 * How a caller speaks to a flow: `callable` is Genkit's `{"data": …}` → `{"result": …}`, `raw` is
 * the input itself → the answer itself.
 */
export type Protocol = "callable" | "raw";

/** The header by which a caller says its protocol, where the body alone does not tell. */
export const PROTOCOL_HEADER = "x-genkit-protocol";

/** The header of an answer that waits for approval: no text of a model can be taken for one. */
export const INTERRUPTED_HEADER = "x-genkitd-interrupted";

/** What a caller asked of a flow. */
export interface FlowRequest {
  protocol: Protocol;
  input: Record<string, unknown>;
}

/**
 * Reads the body of a call, parsed from JSON, undefined where it was empty.
 *
 * Without a word of the caller (`asked`), a body is an envelope iff it is an object with `data` and
 * no other keys than `data` and `init`; unless the prompt declares an input `data` of its own. Input
 * that is absent is `{}`. So a `{}`, which Genkit's client sends where it has no input, is raw.
 *
 * @throws {FlowError} INVALID_ARGUMENT where the protocol is unknown or the input is no object.
 */
export function readFlowRequest(
  body: unknown,
  { asked, inputSchema }: { asked?: string; inputSchema?: Record<string, unknown> },
): FlowRequest {
  const protocol = protocolOf(asked) ??
    (isEnvelope(body) && !declaresData(inputSchema) ? "callable" : "raw");
  if (protocol === "raw") return { protocol, input: inputObject(body, "the body") };
  const envelope = inputObject(body, "the body");
  const stray = Object.keys(envelope).find((key) => key !== "data" && key !== "init");
  if (stray !== undefined) {
    const message = `Cannot read the call: the body has the key "${stray.slice(0, 64)}", ` +
      `it should have only "data" and "init"`;
    throw new FlowError("INVALID_ARGUMENT", message);
  }
  return { protocol, input: inputObject(envelope.data ?? undefined, `"data"`) };
}

/** Gives the whole answer of a flow: JSON for an envelope or a JSON prompt, else text. */
export function answer(
  protocol: Protocol,
  prompt: PromptInfo,
  result: CallResult,
  headers: Record<string, string> = {},
): Response {
  if (result.pending) {
    const body = protocol === "callable" ? resultFrame(prompt, result) : interrupted(result);
    const told = { ...headers, [INTERRUPTED_HEADER]: "true" };
    return respond(JSON.stringify(body), JSON_TYPE, told);
  }
  if (protocol === "callable") {
    return respond(JSON.stringify(resultFrame(prompt, result)), JSON_TYPE, headers);
  }
  if (prompt.output === "json") {
    return respond(JSON.stringify(result.output ?? null), JSON_TYPE, headers);
  }
  return respond(result.text, "text/plain; charset=utf-8", headers);
}

/**
 * The last frame of a stream that went well: the output of a JSON prompt, else the text. That of a
 * call that waits for approval says so beside its result, where no model's answer can stand.
 */
export function resultFrame(
  prompt: PromptInfo,
  result: CallResult,
): { result: unknown; interrupted?: true } {
  if (result.pending) return { result: interrupted(result), interrupted: true };
  return { result: prompt.output === "json" ? result.output ?? null : result.text };
}

/**
 * Gives the frame of one chunk (Genkit's GenerateResponseChunk): its message is the chunk's text, for
 * a JSON prompt as well. Undefined where a chunk has no text, a tool's request for example.
 */
export function chunkFrame(chunk: unknown): { message: string } | undefined {
  const parts = (chunk as { content?: { text?: unknown }[] } | null)?.content ?? [];
  const message = parts.map(({ text }) => typeof text === "string" ? text : "").join("");
  return message === "" ? undefined : { message };
}

/** What a caller gets of a call that waits for approval: what is pending, and how it goes on. */
function interrupted({ pending, resume, text }: CallResult) {
  return {
    interrupted: true,
    ...text && { text },
    pending,
    resume: resume?.token,
    expiresAt: resume?.expiresAt,
  };
}

const JSON_TYPE = "application/json";

function respond(body: string, type: string, headers: Record<string, string>): Response {
  return new Response(body, {
    headers: { "content-type": type, "cache-control": "no-store", ...headers },
  });
}

function protocolOf(asked: string | undefined): Protocol | undefined {
  if (asked === undefined || asked === "callable" || asked === "raw") return asked;
  const message = `Cannot read the call: ${PROTOCOL_HEADER} is "${asked.slice(0, 64)}", ` +
    `it should be "callable" or "raw"`;
  throw new FlowError("INVALID_ARGUMENT", message);
}

function isEnvelope(body: unknown): boolean {
  return isObject(body) && "data" in body &&
    Object.keys(body).every((key) => key === "data" || key === "init");
}

function declaresData(schema: Record<string, unknown> | undefined): boolean {
  return isObject(schema?.properties) && Object.hasOwn(schema.properties, "data");
}

function inputObject(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (isObject(value)) return value;
  const kind = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
  const message = `Cannot read the input: ${what} is ${kind}, it should be an object`;
  throw new FlowError("INVALID_ARGUMENT", message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
