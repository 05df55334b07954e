import { type CustomKind, GROUP } from "../shared/api/kind.ts";
import { type StructuralSchema, structuralSchema } from "../shared/api/structural_schema.ts";

/** A CustomResourceDefinition of apiextensions.k8s.io/v1. */
export type CustomResourceDefinition = ReturnType<typeof customResourceDefinition>;

/** Gives a kind's CustomResourceDefinition (apiextensions.k8s.io/v1). */
export function customResourceDefinition(kind: CustomKind) {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
        // `kubectl get genkit` lists the objects of all kinds.
        categories: [GROUP.split(".")[0]!],
      },
      scope: kind.namespaced ? "Namespaced" : "Cluster",
      versions: [{
        name: kind.version,
        served: true,
        storage: true,
        schema: { openAPIV3Schema: rootSchema(kind) },
        subresources: {
          status: {},
          ...kind.scale && {
            scale: {
              specReplicasPath: ".spec.replicas",
              statusReplicasPath: ".status.replicas",
              labelSelectorPath: ".status.selector",
            },
          },
        },
        additionalPrinterColumns: kind.printerColumns,
      }],
    },
  };
}

// The API server checks these three by itself, and refuses a schema that says more of them.
function rootSchema(kind: CustomKind): StructuralSchema {
  const { properties, required, ...root } = structuralSchema(kind.schema);
  const ownChecks: Record<string, StructuralSchema> = {
    apiVersion: { type: "string", description: "The version of the kind's schema." },
    kind: { type: "string", description: "The object's kind." },
    metadata: { type: "object" },
  };
  return {
    ...root,
    properties: { ...properties, ...ownChecks },
    required: required?.filter((name) => !Object.hasOwn(ownChecks, name)) ?? [],
  };
}
