import { dnsLabel } from "../shared/api/dns_name.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads the name of a namespace; `name` is where it came from, e.g. `--namespace`.
 *
 * @throws {UsageError} where no namespace can have that name: it would be waited for in vain.
 */
export function parseNamespace(name: string, value: string): string {
  if (dnsLabel().safeParse(value).success) return value;
  throw new UsageError(
    name,
    value,
    'the name of a namespace: at most 63 lower-case letters, digits and "-"',
  );
}
