import { FlowError } from "../../../shared/flow_error.ts";
import { asSchema as asObject } from "../../schema/json_schema.ts";

/** An `error` of the API that stands for a refusal by a content filter. */
const BLOCKED = /^(content_filter|content_policy_violation|ResponsibleAIPolicyViolation)$/;

/** What `providerFailure` reads of an error that Google's APIs give; this takes its shape. */
interface Detail {
  error: {
    code: number;
    details: { reason?: string; fieldViolations?: { field: string }[] }[];
  };
}

/**
 * A server's error: `{"error": {"message", "type", "param", "code"}}`
 * (https://platform.openai.com/docs/guides/error-codes). Its message is not kept, since it may
 * quote the prompt or a part of the key.
 */
export class ChatFailure extends Error {
  override name = "ChatFailure";
  readonly detail: Detail;
  readonly responseMetadata: { retryAfterMs?: number };
  /** Whether a content filter refused. */
  readonly blocked: boolean;

  /**
   * @param status The HTTP status; undefined in the midst of a stream.
   * @param body The body's JSON, if it is JSON.
   */
  constructor(status: number | undefined, body: unknown, headers: Headers = new Headers()) {
    super("The server answered with an error");
    const whole = asObject(body);
    // vLLM has the fields at the top, Azure's filter its own code in `innererror`.
    const error = typeof whole.error === "object" ? asObject(whole.error) : whole;
    const { code: inner } = asObject(error.innererror);
    const names = [error.code, error.type, inner].filter(isCode);
    const retryAfterMs = retryMilliseconds(headers);
    this.blocked = names.some((name) => BLOCKED.test(name));
    this.responseMetadata = { ...retryAfterMs !== undefined && { retryAfterMs } };
    this.detail = {
      error: {
        code: status ?? statusOf(error, names),
        details: [
          ...names.slice(0, 1).map((reason) => ({ reason })),
          ...isField(error.param) ? [{ fieldViolations: [{ field: error.param }] }] : [],
        ],
      },
    };
  }
}

/** An answer that is not what the API says it is. */
export function unreadable(provider: string, words = "gave an answer that cannot be read") {
  return new FlowError("INTERNAL", `The provider "${provider}" ${words}`, { http: 502 });
}

/**
 * Refuses an answer that broke off at a server which says so within it: OpenRouter's and LiteLLM's
 * `finish_reason` is then `error`, and the choice may say which
 * (https://openrouter.ai/docs/api-reference/errors).
 *
 * @throws {ChatFailure} with the error's code, else 503.
 */
export function refuseFailed({ error, finish_reason }: Record<string, unknown>): void {
  if (error) throw new ChatFailure(undefined, { error });
  if (finish_reason === "error") throw new ChatFailure(503, undefined);
}

/** A streamed answer that ended too early. */
export function brokenOff(provider: string): FlowError {
  return new FlowError("UNAVAILABLE", `The provider "${provider}" broke off its answer`);
}

/** A refusal by a content filter. */
export function blocked(provider: string): FlowError {
  const message = `The model of provider "${provider}" refused to answer (blocked)`;
  return new FlowError("FAILED_PRECONDITION", message);
}

/** The HTTP status that an error in a stream would have had. */
function statusOf({ code }: Record<string, unknown>, names: string[]): number {
  const number = Number(code);
  if (number >= 400 && number <= 599) return number;
  if (names.some((name) => /rate_limit|quota/.test(name))) return 429;
  return names.some((name) => /overload|unavailable/.test(name)) ? 503 : 500;
}

/** `invalid_api_key`, `DeploymentNotFound`: a word of the API's, in which nothing else fits. */
function isCode(value: unknown): value is string {
  return typeof value === "string" && value.length <= 40 &&
    /^([a-z]+(_[a-z]+)*|([A-Z][a-z]+)+|ResponsibleAIPolicyViolation)$/.test(value);
}

/** `temperature`, `messages[1].content`, `tools.0.function`. */
function isField(value: unknown): value is string {
  return typeof value === "string" && /^[a-z_]{1,40}([.[][\w.[\]]{0,40})?$/.test(value);
}

/**
 * When to try again, as the headers say: `retry-after-ms`, or `retry-after` in seconds or as a date,
 * which the response's own date is taken from.
 */
function retryMilliseconds(headers: Headers): number | undefined {
  const after = headers.get("retry-after")?.trim() || null;
  const times = [
    Number(headers.get("retry-after-ms") ?? NaN),
    Number(after ?? NaN) * 1000,
    Date.parse(after ?? "") - Date.parse(headers.get("date") ?? ""),
  ];
  return times.find((time) => Number.isFinite(time) && time >= 0);
}
