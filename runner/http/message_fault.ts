import type { IncomingMessage } from "node:http";
import { FlowError } from "../../shared/flow_error.ts";

/**
 * Gives what is wrong with a message that the parser lets through and that another server on its way
 * may have read otherwise (RFC 9112): several hosts (3.2), a transfer coding besides chunked (6.1).
 */
export function messageFault({ rawHeaders, headers }: IncomingMessage): FlowError | undefined {
  const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
  if (names.indexOf("host") !== names.lastIndexOf("host")) {
    const message = "Cannot read the request: it has several hosts, it should have one";
    return new FlowError("INVALID_ARGUMENT", message);
  }
  const coding = headers["transfer-encoding"];
  if (coding !== undefined && coding.trim().toLowerCase() !== "chunked") {
    const message =
      "Cannot read the request: its transfer-encoding is not supported, it should be " +
      "chunked";
    return new FlowError("UNIMPLEMENTED", message);
  }
  return undefined;
}
