import { FlowError } from "../../shared/flow_error.ts";

/** The path exists, and not by this method: 405. */
export class MethodError extends FlowError {
  override name = "MethodError";

  /** `allowed` are the methods that the path has. */
  constructor(path: string, method: string, readonly allowed: readonly string[]) {
    const message = `Cannot ${method} "${path}": it is called by ${allowed.join(", ")}`;
    super("UNIMPLEMENTED", message, { http: 405 });
  }
}
