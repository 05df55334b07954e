import { FlowError } from "../../shared/flow_error.ts";

/** The failure of a call whose sandbox cannot take it now; `state` says why, such as `has died`. */
export function unavailable(state: string): FlowError {
  return new FlowError("UNAVAILABLE", `The flow's sandbox ${state}; try again`, { retryAfter: 1 });
}
