import { z } from "zod";

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const DURATION = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;

/** Reads a duration such as `500ms`, `30s` or `1h30m`, in milliseconds; undefined where it is none. */
export function readDuration(value: string): number | undefined {
  if (!DURATION.test(value)) return undefined;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/([0-9.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * UNITS[unit!]!;
  }
  return Math.round(total);
}

/** A duration as a text, as Kubernetes has it: `30s`, `5m`, `1h30m`. */
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
