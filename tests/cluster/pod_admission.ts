import type { ControlPlane } from "./control_plane.ts";

/** A pod's spec; only what is changed here. */
interface PodSpec {
  containers: { securityContext: object }[];
}

/**
 * Asks the API server whether a namespace would admit pods, without making one: first as they are,
 * then as they should not be, with a container that may gain privileges. Gives its answers.
 */
export async function podAdmission(
  cluster: ControlPlane,
  namespace: string,
  spec: PodSpec,
): Promise<{ plain: string; privileged: string }> {
  const ask = async (spec: PodSpec) => {
    const response = await cluster.fetch(`/api/v1/namespaces/${namespace}/pods?dryRun=All`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ metadata: { name: "pod" }, spec }),
    });
    const text = await response.text();
    return response.status === 201 ? "admitted" : text;
  };
  const [first, ...others] = spec.containers;
  const securityContext = { ...first!.securityContext, allowPrivilegeEscalation: true };
  return {
    plain: await ask(spec),
    privileged: await ask({ ...spec, containers: [{ ...first!, securityContext }, ...others] }),
  };
}
