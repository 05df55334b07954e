import { FlowError } from "../../shared/flow_error.ts";
import { isStatus, type Status } from "../../shared/status.ts";

/** How echo is told to behave. */
export interface EchoSettings {
  /** Milliseconds before the answer. */
  delayMs: number;
  /** Milliseconds before each chunk of a streamed answer. */
  chunkDelayMs: number;
  /** Fail with this in place of an answer. */
  fail?: { status: Status; message: string };
  /** Ask for this tool first, and answer with its result. */
  callTool?: string;
  /** Answer with this text. */
  text?: string;
}

/**
 * Reads echo's settings: the later source wins. What is not a setting of echo is passed over, for
 * it is likely one of the provider in whose place echo answers.
 */
export function echoSettings(...sources: unknown[]): EchoSettings {
  const { delayMs, chunkDelayMs, fail, callTool, text }: Record<string, unknown> = Object.assign(
    {},
    ...sources,
  );
  return {
    delayMs: milliseconds(delayMs),
    chunkDelayMs: milliseconds(chunkDelayMs),
    ...typeof fail === "object" && fail !== null && { fail: failure(fail) },
    ...typeof callTool === "string" && { callTool },
    ...typeof text === "string" && { text },
  };
}

function milliseconds(value: unknown): number {
  return typeof value === "number" && value > 0 ? Math.min(value, 3_600_000) : 0;
}

function failure(fail: { status?: unknown; message?: unknown }): EchoSettings["fail"] {
  const { status = "UNAVAILABLE", message = "echo was told to fail" } = fail;
  if (!isStatus(status)) {
    throw new FlowError("FAILED_PRECONDITION", `echo's setting fail.status is no status code`);
  }
  return { status, message: String(message) };
}
