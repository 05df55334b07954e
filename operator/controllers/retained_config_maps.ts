import type { KubernetesObject } from "../kubernetes/object.ts";

/** The part of a pod template that names ConfigMaps. */
interface Templated {
  template?: { spec?: { volumes?: Volume[] } };
}

interface Volume {
  configMap?: { name?: string };
  projected?: { sources?: { configMap?: { name?: string } }[] };
}

/**
 * Gives the names of the ConfigMaps that pods may still read or be rolled back to: those of the
 * Deployment as it is, and of each of its ReplicaSets that Kubernetes keeps.
 */
export function retainedConfigMaps(
  deployment: KubernetesObject | undefined,
  replicaSets: readonly KubernetesObject[],
): Set<string> {
  const templates = [...deployment === undefined ? [] : [deployment], ...replicaSets];
  return new Set(
    templates.flatMap(({ spec }) => (spec as Templated | undefined)?.template?.spec?.volumes ?? [])
      .flatMap(({ configMap, projected }) => [
        configMap?.name,
        ...(projected?.sources ?? []).map((source) => source.configMap?.name),
      ])
      .filter((name) => name !== undefined),
  );
}
