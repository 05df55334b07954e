import { ToolInterruptError } from "genkit";
import { ToolFailure } from "../tools/tool_failure.ts";
import { runningCall } from "./running_call.ts";

/** Marks a run that the flow's caller has approved. It is no JSON, so no model can say it. */
export const APPROVED: unique symbol = Symbol("approved");

/**
 * Gives what runs a tool: one that needs approval interrupts (Genkit's term) unless the run is
 * {@linkcode APPROVED}. Genkit has checked the input before, so that nobody is asked about nonsense.
 */
export function onceApproved<T>(
  { definition: { name }, needsApproval, run }: {
    definition: { name: string };
    needsApproval: boolean;
    run: (input: unknown) => Promise<T>;
  },
): (input: unknown, options: { resumed?: unknown }) => Promise<T> {
  // deno-lint-ignore require-await -- so that a throw is a rejection
  return async (input, { resumed }) => {
    if (!needsApproval || resumed === APPROVED) return run(input);
    if ((runningCall.getStore()?.depth ?? 0) > 0) {
      const why = "it needs an approval, and a flow that is called as a tool has nobody to ask";
      throw new ToolFailure(name, why);
    }
    throw new ToolInterruptError();
  };
}
