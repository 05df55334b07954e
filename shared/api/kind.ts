import type { z } from "zod";

/** Where the objects of a kind live in the Kubernetes API. */
export interface Resource {
  /** The API group; empty for the core group. */
  group: string;
  version: string;
  /** For example `"FlowSet"`. */
  kind: string;
  /** The last part of the API path, for example `"flowsets"`. */
  plural: string;
  namespaced: boolean;
}

/** A kind whose objects genkitd can check: the schema gives the type, the validation and the CRD. */
export interface Kind<T = unknown> extends Resource {
  /** The whole object, from `apiVersion` to `status`. */
  schema: z.ZodType<T>;
}

/** A kind that genkitd brings along: all that its CustomResourceDefinition needs. */
export interface CustomKind<T = unknown> extends Kind<T> {
  singular: string;
  shortNames: string[];
  /** The columns of `kubectl get`, in order. */
  printerColumns: PrinterColumn[];
  /** Whether it has the scale subresource, over `spec.replicas`. */
  scale: boolean;
}

/** A column of `kubectl get`. */
export interface PrinterColumn {
  name: string;
  type: "string" | "integer" | "date";
  /** The value's place in the object, for example `.status.phase`. */
  jsonPath: string;
}

/** The group of all of genkitd's own kinds. */
export const GROUP = "genkit.dev";

/** The version of all of genkitd's own kinds. */
export const VERSION = "v1alpha1";

/** The columns that several kinds have. */
export const COLUMNS = {
  ready: {
    name: "Ready",
    type: "string",
    jsonPath: '.status.conditions[?(@.type=="Ready")].status',
  },
  age: { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
} as const satisfies Record<string, PrinterColumn>;

/** The `apiVersion` of a kind's objects: `group/version`, or `version` in the core group. */
export function apiVersionOf({ group, version }: Pick<Resource, "group" | "version">): string {
  return group === "" ? version : `${group}/${version}`;
}
