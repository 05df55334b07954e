import { z } from "zod";

/** A whole number of 32 bits. */
export function int32(): z.ZodInt32 {
  return z.int32().meta({ format: "int32" });
}

/** A whole number of 64 bits, of which JavaScript holds 53 exactly. */
export function int64(): z.ZodInt {
  return z.int().meta({ format: "int64" });
}
