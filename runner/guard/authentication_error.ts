import { FlowError } from "../../shared/flow_error.ts";

/** It is not known who calls: 401, with the ways that there are. */
export class AuthenticationError extends FlowError {
  override name = "AuthenticationError";

  /** `challenges` are those of `WWW-Authenticate` (RFC 9110, section 11.6.1). */
  constructor(message: string, readonly challenges: readonly string[], cause?: unknown) {
    super("UNAUTHENTICATED", message, { cause });
  }
}
