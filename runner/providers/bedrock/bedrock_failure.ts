import { FlowError } from "../../../shared/flow_error.ts";
import { retryAfterMs } from "../../../shared/retry_after.ts";
import type { Status } from "../../../shared/status.ts";
import { GATEWAY_FAILURES } from "../../sandbox/gateway_failures.ts";

/** What a failure means to the caller of a flow. */
type Meaning = [status: Status, words: string, http?: number];

const BAD_REQUEST: Meaning = ["INVALID_ARGUMENT", "refused the request"];
const BAD_CREDENTIALS: Meaning = ["UNAUTHENTICATED", "did not accept the flow's credentials"];
const FORBIDDEN: Meaning = [
  "PERMISSION_DENIED",
  "does not permit this to the flow's credentials",
];
const NO_MODEL: Meaning = ["NOT_FOUND", "does not have the model"];
const TOO_SLOW: Meaning = ["DEADLINE_EXCEEDED", "took too long"];
const TOO_MANY: Meaning = ["RESOURCE_EXHAUSTED", "has had too many requests"];
const FAILED: Meaning = ["INTERNAL", "failed"];
/** The model of Bedrock failed, not Bedrock: as little ours as a proxy's 502. */
const MODEL_FAILED: Meaning = ["INTERNAL", "failed within its model", 502];
const NOT_AVAILABLE: Meaning = ["UNAVAILABLE", "is not available"];

/**
 * By the name of the exception, which says more than the HTTP status, and is all there is in a
 * stream. (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html)
 */
const BY_NAME: Record<string, Meaning> = {
  ValidationException: BAD_REQUEST,
  ValidationError: BAD_REQUEST,
  ConflictException: ["ABORTED", "refused the request"],
  UnrecognizedClientException: BAD_CREDENTIALS,
  InvalidClientTokenId: BAD_CREDENTIALS,
  InvalidSignatureException: BAD_CREDENTIALS,
  IncompleteSignature: BAD_CREDENTIALS,
  MissingAuthenticationToken: BAD_CREDENTIALS,
  MissingAuthenticationTokenException: BAD_CREDENTIALS,
  ExpiredToken: BAD_CREDENTIALS,
  ExpiredTokenException: BAD_CREDENTIALS,
  RequestExpired: BAD_CREDENTIALS,
  OptInRequired: FORBIDDEN,
  NotAuthorized: FORBIDDEN,
  AccessDeniedException: FORBIDDEN,
  ResourceNotFoundException: NO_MODEL,
  ModelTimeoutException: TOO_SLOW,
  ThrottlingException: TOO_MANY,
  ServiceQuotaExceededException: TOO_MANY,
  ModelNotReadyException: ["UNAVAILABLE", "is not ready to run the model"],
  ModelErrorException: MODEL_FAILED,
  ModelStreamErrorException: MODEL_FAILED,
  InternalServerException: FAILED,
  InternalFailure: FAILED,
  ServiceUnavailableException: NOT_AVAILABLE,
  ServiceUnavailable: NOT_AVAILABLE,
};

const BY_CODE: Record<number, Meaning> = {
  400: BAD_REQUEST,
  401: BAD_CREDENTIALS,
  403: FORBIDDEN,
  404: NO_MODEL,
  408: TOO_SLOW,
  413: BAD_REQUEST,
  424: MODEL_FAILED,
  429: TOO_MANY,
  500: FAILED,
  ...Object.fromEntries(
    Object.entries(GATEWAY_FAILURES).map(([code, { status, words }]) => [code, [status, words]]),
  ),
};

/** What is read of an exception of the AWS SDK. */
interface SdkError {
  name?: unknown;
  $metadata?: { httpStatusCode?: unknown };
  $response?: { headers?: Record<string, string> };
}

/**
 * Says what an exception of the AWS SDK means to the caller of a flow; other failures are given back
 * as they are. Of Bedrock's own words only the name of the exception is repeated.
 */
export function bedrockFailure(cause: unknown): unknown {
  if (typeof cause !== "object" || cause === null || cause instanceof FlowError) return cause;
  const { name, $metadata, $response } = cause as SdkError;
  const status = Number($metadata?.httpStatusCode);
  const code = status >= 300 ? status : undefined;
  const known = typeof name === "string" && Object.hasOwn(BY_NAME, name)
    ? BY_NAME[name]
    : undefined;
  const { message } = cause as { message?: unknown };
  if (known === undefined && code === undefined) {
    return /Truncated event message|message length/i.test(String(message))
      ? new FlowError("UNAVAILABLE", 'The provider "bedrock" broke off its answer', { cause })
      : status >= 200 || /checksum/i.test(String(message))
      ? unreadable(cause)
      : cause;
  }
  const [meaning, words, http] = known ?? BY_CODE[code!] ??
    (code! < 400 ? NOT_AVAILABLE : code! < 500 ? BAD_REQUEST : FAILED);
  const named = [
    ...code === undefined ? [] : [code],
    ...typeof name === "string" && /^[A-Z]\w{2,60}(Exception|Error)$/.test(name) || known
      ? [name]
      : [],
  ].join(", ");
  const after = retryAfterMs($response?.headers?.["retry-after"] ?? null, Date.now());
  return new FlowError(meaning, `The provider "bedrock" ${words} (${named})`, {
    cause,
    ...http !== undefined && { http },
    ...after !== undefined && { retryAfter: Math.ceil(after / 1000) },
  });
}

function unreadable(cause: object): FlowError {
  return new FlowError("INTERNAL", 'The provider "bedrock" gave an answer that cannot be read', {
    http: 502,
    cause,
  });
}
