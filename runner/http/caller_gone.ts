import { FlowError } from "../../shared/flow_error.ts";

/** The caller went away; nobody sees this error, the log counts it as 499. */
export class CallerGone extends FlowError {
  override name = "CallerGone";

  constructor() {
    super("CANCELLED", "The caller went away");
  }
}
