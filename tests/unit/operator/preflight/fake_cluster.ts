import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import type { Resource } from "../../../../operator/kubernetes/resource.ts";
import type { ExaminedCluster } from "../../../../operator/preflight/examined_cluster.ts";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";

/** What a fake cluster is. */
export interface FakeClusterOptions {
  version?: string;
  namespace?: string;
  objects?: KubernetesObject[];
  /** Whether the asker may do an act, as `verb resource.group/subresource`; all acts if absent. */
  allows?(act: string): boolean;
  /** Kinds whose resource the API server does not know. */
  unknown?: string[];
  /** Kinds that the asker may not list. */
  forbidden?: string[];
}

/** The time in all fake clusters. */
export const NOW = Date.parse("2026-01-01T00:01:00Z");

/** A cluster in memory, for the checks of preflight. */
export function fakeCluster(
  { version = "v1.35.4", namespace, objects = [], allows = () => true, ...rest }:
    FakeClusterOptions = {},
): ExaminedCluster {
  const { unknown = [], forbidden = [] } = rest;
  return {
    namespace,
    legacyNamespace: "genkit-operator-system",
    now: () => NOW,
    version: () => Promise.resolve(version),
    client: {
      get: ({ kind }, { namespace, name }) =>
        Promise.resolve(
          objects.find((object) =>
            object.kind === kind && object.metadata.name === name &&
            object.metadata.namespace === namespace
          ),
        ),
      list({ kind }, selection = {}) {
        if (unknown.includes(kind)) return Promise.reject(new ApiError("none", { status: 404 }));
        if (forbidden.includes(kind)) {
          return Promise.reject(new ApiError(`Cannot list ${kind}: 403`, { status: 403 }));
        }
        const items = objects.filter((object) =>
          object.kind === kind &&
          [undefined, object.metadata.namespace].includes(selection.namespace) &&
          isSelected(object, selection.labelSelector, selection.fieldSelector)
        );
        // As a list gives them.
        return Promise.resolve({
          resourceVersion: "1",
          items: items.map(({ kind: _, apiVersion: __, ...item }) => item as KubernetesObject),
        });
      },
      create: (_: Resource, review) => {
        const { resourceAttributes } = review.spec as {
          resourceAttributes: Record<string, string | undefined>;
        };
        const { verb, resource, group, subresource } = resourceAttributes;
        const place = [resource, group].filter(Boolean).join(".");
        const act = `${verb} ${place}${subresource ? `/${subresource}` : ""}`;
        return Promise.resolve({ ...review, status: { allowed: allows(act) } });
      },
    },
  };
}

function isSelected(
  { metadata }: KubernetesObject,
  labelSelector?: string,
  fieldSelector?: string,
): boolean {
  const [label, value] = labelSelector?.split("=") ?? [];
  if (label !== undefined && metadata.labels?.[label] !== value) return false;
  return fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`;
}
