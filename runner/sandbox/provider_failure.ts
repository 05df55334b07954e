import { FlowError, type FlowErrorOptions } from "../../shared/flow_error.ts";
import { isStatus, type Status } from "../../shared/status.ts";
import { GATEWAY_FAILURES } from "./gateway_failures.ts";

/** A failure of a provider, with the HTTP status that it answered with, if it answered. */
export class ProviderFailure extends FlowError {
  readonly code: number | undefined;

  constructor(
    status: Status,
    message: string,
    { code, ...options }: FlowErrorOptions & { code: number | undefined },
  ) {
    super(status, message, options);
    this.code = code;
  }
}

/** What a provider's HTTP status means to the caller of a flow. */
const STATUSES: Record<number, { status: Status; words: string }> = {
  400: { status: "INVALID_ARGUMENT", words: "refused the request" },
  401: { status: "UNAUTHENTICATED", words: "did not accept the flow's credentials" },
  // DeepSeek, OpenRouter and Anthropic: the account has no credit.
  402: { status: "PERMISSION_DENIED", words: "wants to be paid by the flow's account" },
  403: { status: "PERMISSION_DENIED", words: "does not permit this to the flow's credentials" },
  404: { status: "NOT_FOUND", words: "does not have the model" },
  408: { status: "DEADLINE_EXCEEDED", words: "took too long" },
  410: { status: "NOT_FOUND", words: "does not have the model any more" },
  429: { status: "RESOURCE_EXHAUSTED", words: "has had too many requests" },
  // Groq's "flex tier capacity exceeded".
  498: { status: "UNAVAILABLE", words: "is overloaded" },
  499: { status: "CANCELLED", words: "was cancelled" },
  500: { status: "INTERNAL", words: "failed" },
  ...GATEWAY_FAILURES,
  // Anthropic's "overloaded".
  529: { status: "UNAVAILABLE", words: "is overloaded" },
};

/** What is read of a failure that Genkit's plugins throw. */
interface PluginError {
  name?: unknown;
  message?: unknown;
  status?: unknown;
  cause?: unknown;
  detail?: { error?: { code?: unknown; status?: unknown; details?: unknown } };
  responseMetadata?: { retryAfterMs?: unknown };
}

/** One entry of `error.details`, as Google's APIs give it. */
interface Detail {
  reason?: unknown;
  retryDelay?: unknown;
  fieldViolations?: { field?: unknown }[];
}

/**
 * Says what a failure of a provider means to the caller of a flow. The provider's own words are not
 * repeated, as they may hold the prompt or a part of the key; its codes and field names are.
 */
export function providerFailure(provider: string, cause: unknown): FlowError {
  if (cause instanceof FlowError) return cause;
  const error = asPluginError(cause);
  // Genkit's plugin for Vertex AI wraps what the exchange of credentials throws.
  if (error.cause instanceof FlowError) return error.cause;
  const code = httpCode(error);
  const subject = `The provider "${provider}"`;
  if (code === undefined) {
    const { status, words, http } = describe(said(error), error.status);
    return new FlowError(status, `${subject} ${words}`, { cause, ...http && { http } });
  }
  const details = list(error.detail?.error?.details) as Detail[];
  const badKey = details.some(({ reason }) => reason === "API_KEY_INVALID");
  const { status, words } = STATUSES[badKey ? 401 : code] ??
    (code < 500 ? STATUSES[400]! : STATUSES[500]!);
  const codes = [error.detail?.error?.status, ...details.map(({ reason }) => reason)]
    .filter((word) => typeof word === "string" && /^[A-Za-z][A-Za-z_]{2,60}$/.test(word));
  const fields = details.flatMap(({ fieldViolations }) => list(fieldViolations))
    .map((violation) => (violation as { field?: unknown } | null)?.field)
    .filter((field) => typeof field === "string" && /^[\w.[\]]{1,80}$/.test(field));
  const named = [String(code), ...new Set(codes)].join(", ");
  const at = fields.length > 0 ? ` at ${fields.slice(0, 3).join(", ")}` : "";
  const retryAfter = retrySeconds(error, details);
  return new ProviderFailure(status, `${subject} ${words} (${named}${at})`, {
    cause,
    code,
    ...retryAfter !== undefined && { retryAfter },
  });
}

function asPluginError(cause: unknown): PluginError {
  return typeof cause === "object" && cause !== null ? cause as PluginError : {};
}

/** The HTTP status that the provider answered with, if it answered. */
function httpCode({ message, detail }: PluginError): number | undefined {
  const code = Number(detail?.error?.code ?? /: \[(\d{3}) /.exec(String(message))?.[1]);
  return code >= 400 && code <= 599 ? code : undefined;
}

/** An error's message and its cause's, in which `fetch` tells what has happened. Never shown. */
function said({ message, cause }: PluginError): string {
  return [message, (cause as Error | undefined)?.message].filter(Boolean).join(": ");
}

/** A failure without an answer of the provider, known by the plugins' and Deno's own words. */
function describe(
  message: string,
  status: unknown,
): { status: Status; words: string; http?: number } {
  if (/Requires net access|NotCapable/.test(message)) {
    return { status: "PERMISSION_DENIED", words: "is at a host that the flow may not reach" };
  }
  if (
    /Error reading from the stream|reading a body|connection closed|end of file|final response .* undefined/
      .test(message)
  ) {
    return { status: "UNAVAILABLE", words: "broke off its answer" };
  }
  if (/aborted|timed out/i.test(message) || status === "ABORTED") {
    return { status: "DEADLINE_EXCEEDED", words: "took longer than its prompt's timeout" };
  }
  const [, redirect] = /(?:^The provider answered |: \[)(3\d\d)\b/.exec(message) ?? [];
  if (redirect !== undefined) {
    const words = `answered ${redirect}, a redirect, and none is followed`;
    return { status: "UNAVAILABLE", words, http: 502 };
  }
  if (/^(Failed to fetch|fetch failed)|error sending request/.test(message)) {
    return { status: "UNAVAILABLE", words: "could not be reached" };
  }
  if (/JSON|Failed to parse stream/.test(message)) {
    return { status: "INTERNAL", words: "gave an answer that cannot be read", http: 502 };
  }
  if (/No valid candidates/.test(message)) {
    // Gemini gives none only where it blocks the prompt (https://ai.google.dev/api/generate-content,
    // "GenerateContentResponse"); the plugin does not say why.
    return { status: "FAILED_PRECONDITION", words: "refused to answer (blocked)" };
  }
  return isStatus(status) && status !== "UNKNOWN"
    ? { status, words: "failed" }
    : { status: "INTERNAL", words: "failed", http: 502 };
}

/** When to try again, in seconds: as the header said, or as Google's RetryInfo does (`"34s"`). */
function retrySeconds(error: PluginError, details: Detail[]): number | undefined {
  const fromHeader = Number(error.responseMetadata?.retryAfterMs) / 1000;
  const fromDetail = parseFloat(String(details.find(({ retryDelay }) => retryDelay)?.retryDelay));
  const seconds = [fromHeader, fromDetail].find((value) => Number.isFinite(value) && value >= 0);
  return seconds === undefined ? undefined : Math.ceil(seconds);
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "object" && item) : [];
}
