import { checkChildren } from "./check_children.ts";
import { checkCrds } from "./check_crds.ts";
import { checkLegacyLease } from "./check_legacy_lease.ts";
import { checkNames } from "./check_names.ts";
import { checkObjects } from "./check_objects.ts";
import { checkPermissions } from "./check_permissions.ts";
import { checkVersion } from "./check_version.ts";
import { type ExaminedCluster, readObjects } from "./examined_cluster.ts";
import { boundFindings, type Finding } from "./finding.ts";

/**
 * Looks at a cluster before genkitd is installed over genkit-operator 0.5.0. It reads, and changes
 * nothing. A check that cannot be made is a failure of its own; the others go on.
 */
export async function preflight(cluster: ExaminedCluster): Promise<Finding[]> {
  const objects = readObjects(cluster);
  const checks: [name: string, run: () => Promise<Finding[]>][] = [
    ["Kubernetes version", () => checkVersion(cluster)],
    ["permissions", () => checkPermissions(cluster)],
    ["genkit-operator 0.5.0", () => checkLegacyLease(cluster)],
    ["CRDs", () => checkCrds(cluster)],
    ["names", async () => checkNames(await objects)],
    ["objects", async () => checkObjects(await objects)],
    ["children", async () => checkChildren(cluster, await objects)],
  ];
  const findings = await Promise.all(checks.map(async ([check, run]): Promise<Finding[]> => {
    try {
      return boundFindings(await run());
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [{ level: "fail", check, message }];
    }
  }));
  return findings.flat();
}
