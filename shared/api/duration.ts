import { z } from "zod";
import { DURATION, readDuration } from "../read_duration.ts";
import { showValue } from "./show_value.ts";

/** A duration from `min` to `max` as a text, as Kubernetes has it: `30s`, `5m`, `1h30m`. */
export function duration(
  { min, max }: { min: string; max: string },
): z.ZodString {
  const [least, most] = [readDuration(min)!, readDuration(max)!];
  return z.string({ error: ({ input }) => input === undefined ? undefined : expected(input) })
    .max(32)
    .regex(DURATION, { error: ({ input }) => expected(input) })
    .superRefine((value, context) => {
      const read = readDuration(value) ?? least;
      if (read >= least && read <= most) return;
      context.addIssue({ code: "custom", message: `should be from ${min} to ${max}` });
    })
    .meta({
      "x-kubernetes-validations": [{
        rule: `duration(self) >= duration('${min}') && duration(self) <= duration('${max}')`,
        message: `should be from ${min} to ${max}`,
      }],
    });
}

/** Who writes a number means a unit. */
function expected(input: unknown): string {
  return `is ${showValue(input)}, should be a duration with a unit, such as "30s" or "5m"`;
}
