import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { FlowError } from "../../shared/flow_error.ts";
import { errorAnswer, errorHeaders } from "./error_answer.ts";

/** Gives what a caller is told whose bytes are no request; `code` is the HTTP parser's. */
export function refusal(code: string | undefined): FlowError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    const message = "Cannot read the request: its headers took too long";
    return new FlowError("DEADLINE_EXCEEDED", message, { http: 408 });
  }
  if (code === "HPE_HEADER_OVERFLOW") {
    const message = "Cannot read the request: its headers are too large";
    return new FlowError("INVALID_ARGUMENT", message, { http: 431 });
  }
  return new FlowError("INVALID_ARGUMENT", "Cannot read the request: it is not HTTP/1.1");
}

/** Gives what a caller is told that expects what is not known (RFC 9110, section 10.1.1). */
export function unknownExpectation(): FlowError {
  const message =
    "Cannot read the request: what it expects is not known, it should be 100-continue";
  return new FlowError("FAILED_PRECONDITION", message, { http: 417 });
}

/** Writes an error as a whole HTTP/1.1 response that ends its connection. */
export function rawAnswer(error: FlowError, requestId: string): string {
  const body = JSON.stringify(errorAnswer(error, requestId));
  const headers = {
    ...errorHeaders(error, requestId),
    "content-length": new TextEncoder().encode(body).length,
    "connection": "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `HTTP/1.1 ${error.http} ${STATUS_CODES[error.http]}\r\n${lines}\r\n${body}`;
}

/** The refusal of a request that ended before its body was whole. */
export function brokenOff(): FlowError {
  return new FlowError(
    "INVALID_ARGUMENT",
    "Cannot read the request: it ended before its body was whole",
  );
}

/**
 * Tells whether a connection whose bytes cannot be read is owed an answer: not one that is broken or
 * never said anything, and not one that waits for earlier answers, which would be mistaken for them.
 */
export function isOwedAnswer(socket: Socket, inFlight: readonly ServerResponse[]): boolean {
  if (!socket.writable || socket.bytesRead === 0) return false;
  return inFlight.every((response, index) =>
    index === 0 && !response.headersSent && !response.req.complete
  );
}
