import type { KubernetesObject } from "../kubernetes/object.ts";
import { renderAutoscaler } from "./render_autoscaler.ts";
import { placeFiles, renderConfigMaps } from "./render_config_maps.ts";
import { type DeploymentInput, renderDeployment } from "./render_deployment.ts";
import { renderDisruptionBudget } from "./render_disruption_budget.ts";
import { renderNetworkPolicy } from "./render_network_policy.ts";
import { renderService } from "./render_service.ts";

/** What a server's children are rendered of. */
export type ServerInput = Omit<DeploymentInput, "files"> & {
  /** How many bytes a ConfigMap takes; for tests. */
  maxBytes?: number | undefined;
};

/**
 * Renders all children of a server, in the order in which they are applied: the Deployment last, when
 * what its pods need is there.
 *
 * @throws {ContentTooLarge} for a file that fits into no ConfigMap.
 */
export function renderServer(input: ServerInput): KubernetesObject[] {
  const { owner, content, hash, maxBytes } = input;
  const files = placeFiles(owner.metadata.name, content, hash, maxBytes);
  return [
    ...renderConfigMaps(owner, files),
    renderService(owner),
    renderDisruptionBudget(owner),
    renderNetworkPolicy(owner),
    renderAutoscaler(owner),
    renderDeployment({ ...input, files }),
  ].filter((child) => child !== undefined);
}
