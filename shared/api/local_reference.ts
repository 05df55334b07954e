import { z } from "zod";

/**
 * A reference to an object of the same namespace. The name is `""` where none is given, as in
 * Kubernetes' own LocalObjectReference, so ask `isSet` and not for the reference's presence.
 */
export const localReference = referenceBy(z.string());

/** The same for a field that a rule reads, which must be bounded. */
export const boundedReference = referenceBy(z.string().max(253));

/** A reference to an object of the same namespace. */
export type LocalReference = z.infer<typeof localReference>;

/** Tells whether a reference is given and names something. */
export function isSet(reference: LocalReference | undefined): reference is LocalReference {
  return reference !== undefined && reference.name !== "";
}

/** The CEL text for `isSet` of the field `field` of `self`. */
export function celIsSet(field: string): string {
  return `(has(self.${field}) && self.${field}.name != '')`;
}

function referenceBy(name: z.ZodString) {
  return z.object({ name: name.default("").describe("The object's name.") }).meta({
    description: "An object of the same namespace.",
    "x-kubernetes-map-type": "atomic",
  });
}
