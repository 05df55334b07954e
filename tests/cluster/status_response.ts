/** The reasons that the API server gives beside its statuses. */
const REASONS: Record<number, string> = {
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
};

/** Gives the Status object with which the API server says that a request failed. */
export function statusObject(code: number) {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: "The test wants this request to fail",
    reason: REASONS[code],
    code,
  };
}

/** Gives a failed request's answer. `retryAfter` is in seconds. */
export function statusResponse(status: number, retryAfter?: number): Response {
  const headers = retryAfter === undefined ? undefined : { "retry-after": String(retryAfter) };
  return Response.json(statusObject(status), headers ? { status, headers } : { status });
}
