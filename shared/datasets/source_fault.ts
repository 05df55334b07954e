import type { Dataset } from "../api/dataset.ts";
import { isSet } from "../api/local_reference.ts";

/** Says what is wrong with where a Dataset has its samples; undefined where that is one place. */
export function sourceFault(
  { inline, configMapRef, uri }: Dataset["spec"]["source"],
): string | undefined {
  const given = [inline !== undefined, isSet(configMapRef), Boolean(uri)].filter(Boolean).length;
  if (given === 1) return undefined;
  return `${given} of inline, configMapRef and uri are set, should be exactly one`;
}
