import { z } from "zod";

/** Any JSON value, kept as it is. */
export function freeForm(): z.ZodUnknown {
  return z.unknown().meta({ "x-kubernetes-preserve-unknown-fields": true });
}
