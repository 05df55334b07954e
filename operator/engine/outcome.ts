import type { Desired, Failure } from "./controller.ts";
import type { RunResult } from "./work_queue.ts";
import type { Reason } from "../../shared/reason.ts";

/** A condition without the times and generations, which depend on what was there before. */
export interface Verdict {
  type: "Ready" | "Reconciling" | "Stalled" | "Degraded";
  status: "True" | "False";
  reason: Reason;
  message: string;
}

/** What is said of an object, and what happens to its key next. */
export interface Outcome {
  /** Ready first; Reconciling, Stalled and Degraded only where they are true. */
  verdicts: Verdict[];
  next: RunResult["next"];
}

/** The order in which failures speak: what needs an edit comes first. */
const ORDER = ["invalid", "blocked", "transient", "conflict"] as const;

/** Conditions may have 32 KiB of message; people stop reading sooner. */
const MAX_MESSAGE = 4096;

/** Tells from what went wrong and what is under way what is said of an object. */
export function outcome(
  { failures, progress, ready, degraded }: Pick<
    Desired,
    "failures" | "progress" | "ready" | "degraded"
  >,
): Outcome {
  const sorted = failures.toSorted((a, b) => ORDER.indexOf(a.failure) - ORDER.indexOf(b.failure));
  const [first] = sorted;
  const has = (kind: Failure["failure"]) => failures.some(({ failure }) => failure === kind);
  const said = first === undefined
    ? progress ?? ready
    : { reason: first.reason, message: join(sorted.map(({ message }) => message)) };
  const verdicts: Verdict[] = [
    { type: "Ready", status: first || progress ? "False" : "True", ...said },
  ];
  const retries = has("transient") || has("conflict");
  if (retries || (first === undefined && progress)) {
    verdicts.push({ type: "Reconciling", status: "True", ...said });
  }
  // Nothing but an edit helps, so that nobody needs to wait any longer.
  if (has("invalid") && !retries) verdicts.push({ type: "Stalled", status: "True", ...said });
  if (degraded) verdicts.push({ type: "Degraded", status: "True", ...said });
  return { verdicts, next: has("transient") ? "retry" : has("conflict") ? "again" : "done" };
}

function join(messages: string[]): string {
  const text = [...new Set(messages)].join("; ");
  return text.length <= MAX_MESSAGE ? text : `${text.slice(0, MAX_MESSAGE - 1)}…`;
}
