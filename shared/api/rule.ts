import { z } from "zod";

/**
 * A condition between fields, written once for the API server (CEL) and once for zod, so that an
 * object is refused with the same words wherever it is checked.
 */
export interface Rule<T> {
  /** True for a valid object; `self` is the value. Lists and texts that it reads must be bounded. */
  cel: string;
  /** What is, and what should be. */
  message: string;
  /** The same condition as `cel`. */
  check: (value: T) => boolean;
  /** The field at fault, below the value; the value itself where absent. */
  path?: string[];
}

/**
 * Gives the schema that also checks `rules`, in zod and in the CRD.
 *
 * @param options With `once` the API server asks them of new objects only; else at each change of
 *   what they read.
 */
export function withRules<S extends z.ZodType>(
  schema: S,
  rules: Rule<z.output<S>>[],
  { once = false }: { once?: boolean } = {},
): S {
  let checked = schema;
  for (const { check, message, path = [] } of rules) {
    checked = checked.superRefine((value, context) => {
      // A copy, because zod puts the keys above the value in front of it.
      if (!check(value)) context.addIssue({ code: "custom", message, path: [...path] });
    });
  }
  return checked.meta({
    "x-kubernetes-validations": rules.map(({ cel, message }) =>
      // `optionalOldSelf` is known since Kubernetes 1.29, and on since 1.30.
      once
        ? { rule: `oldSelf.hasValue() || ${cel}`, message, optionalOldSelf: true }
        : { rule: cel, message }
    ),
  });
}
