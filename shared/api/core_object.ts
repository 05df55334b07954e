import { z } from "zod";

/** A JSON object. */
export type JsonObject = Record<string, unknown>;

/**
 * An object of one of Kubernetes' own types, kept as it is: the API server checks it where it ends
 * up. So the CRDs stay small, and new fields of Kubernetes can be used at once.
 */
export function coreObject() {
  return z.record(z.string(), z.unknown()).meta({ "x-kubernetes-preserve-unknown-fields": true });
}

/** A list of objects of one of Kubernetes' own types. */
export function coreObjects() {
  return z.array(coreObject()).max(64);
}
