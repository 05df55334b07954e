import { FlowError } from "../../shared/flow_error.ts";

/** A tool that did not do its work: the call's error, or an answer to the model, as the tool says. */
export class ToolFailure extends FlowError {
  override name = "ToolFailure";
  /** What the tool's server said, for the model only; no caller and no log gets it. */
  readonly said: string | undefined;
  /** The message without the tool. */
  readonly why: string;

  constructor(tool: string, why: string, { said, cause }: { said?: string; cause?: unknown } = {}) {
    super("INTERNAL", `The tool "${tool}" failed: ${why}`, { http: 502, cause });
    this.said = said;
    this.why = why;
  }
}

/** What a model gets in place of a tool's result: it can try otherwise, or tell the user. */
export interface ToolErrorOutput {
  error: { message: string; details?: string };
}

/** Makes a model's answer of a failure. */
export function toolErrorOutput(failure: FlowError): ToolErrorOutput {
  const details = failure instanceof ToolFailure ? failure.said : undefined;
  return { error: { message: failure.message, ...details && { details } } };
}
