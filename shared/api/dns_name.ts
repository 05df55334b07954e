import { z } from "zod";
import { showValue } from "./show_value.ts";

/** An RFC 1123 label, at most 63 characters: the name of a namespace or a route. */
export function dnsLabel(): z.ZodString {
  return nameOf(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 63, 'lower-case letters, digits and "-"');
}

/** An RFC 1123 subdomain, at most 253 characters: the name of most objects. */
export function dnsSubdomain(): z.ZodString {
  return nameOf(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    253,
    'lower-case letters, digits, "-" and "."',
  );
}

// One problem a name is enough: `abort` keeps the checks that follow quiet.
function nameOf(pattern: RegExp, longest: number, letters: string): z.ZodString {
  return z.string().min(1, { abort: true }).max(longest, { abort: true }).regex(pattern, {
    abort: true,
    error: ({ input }) =>
      `is ${showValue(input)}, should be ${letters}, with a letter or digit at both ends`,
  });
}
