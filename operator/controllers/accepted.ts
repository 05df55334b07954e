import type { Desired, Failure } from "../engine/controller.ts";

/** What is wanted of an object that has no children. */
export function accepted(
  message: string,
  failures: Failure[],
  status: Desired["status"] = {},
): Desired {
  return { children: [], status, failures, ready: { reason: "Accepted", message } };
}
