/**
 * The status codes of Genkit's callable protocol and the HTTP status each one travels with.
 *
 * The table is Genkit's own (`@genkit-ai/core`, `statusTypes.ts` and `httpErrors.ts`, 1.42).
 */
const HTTP_STATUS = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  ALREADY_EXISTS: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
} as const;

/** A Genkit status code, for example `"NOT_FOUND"`. */
export type Status = keyof typeof HTTP_STATUS;

/** Tells whether `value` is one of Genkit's status codes. */
export function isStatus(value: unknown): value is Status {
  return typeof value === "string" && Object.hasOwn(HTTP_STATUS, value);
}

/** Gives the HTTP status code (100 to 599) that `status` travels with. */
export function httpStatus(status: Status): number {
  return HTTP_STATUS[status];
}
