import { z } from "zod";
import { DURATION, readDuration } from "../read_duration.ts";

/** A duration from `min` to `max` as a text, as Kubernetes has it: `30s`, `5m`, `1h30m`. */
export function duration(
  { min, max }: { min: string; max: string },
): z.ZodString {
  const [least, most] = [readDuration(min)!, readDuration(max)!];
  return z.string().max(32)
    .regex(DURATION, { error: "should be a duration such as 30s, 5m or 1h30m" })
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
