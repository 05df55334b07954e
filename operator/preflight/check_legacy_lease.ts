import type { KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { LEGACY_LEASE } from "../lease_names.ts";
import type { ExaminedCluster } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  renewTime?: string;
}

/** Whether genkit-operator 0.5.0 runs: while its lease is live, genkitd writes nothing. */
export async function checkLegacyLease(cluster: ExaminedCluster): Promise<Finding[]> {
  const check = "genkit-operator 0.5.0";
  const { legacyNamespace, now } = cluster;
  const leases = await legacyLeases(cluster);
  const live = leases.filter((lease) => isLive(lease.spec as LeaseSpec, now()));
  if (live.length === 0) {
    return [{ level: "ok", check, message: `does not run: Lease "${LEGACY_LEASE}" is not held` }];
  }
  return live.map(({ spec, metadata: { namespace } }) => {
    const { holderIdentity } = spec as LeaseSpec;
    const flag = namespace === legacyNamespace
      ? ""
      : `, and run genkitd operator with --legacy-namespace=${namespace}`;
    return {
      level: "fail",
      check,
      message: `runs: Lease "${namespace}/${LEGACY_LEASE}" is held by "${holderIdentity}"`,
      help: `Scale it to 0, flows serve on: kubectl scale deployment -n ${namespace} ` +
        `-l control-plane=controller-manager --replicas=0${flag}`,
    };
  });
}

async function legacyLeases(cluster: ExaminedCluster): Promise<KubernetesObject[]> {
  const { client, namespace, legacyNamespace } = cluster;
  if (namespace === undefined) {
    const fieldSelector = `metadata.name=${LEGACY_LEASE}`;
    return (await client.list(resources.Lease, { fieldSelector })).items;
  }
  const name = { namespace: legacyNamespace, name: LEGACY_LEASE };
  const lease = await client.get(resources.Lease, name);
  return lease === undefined ? [] : [lease];
}

/** One look has only the clocks to go by; the operator itself watches for renewals. */
function isLive(
  { holderIdentity = "", leaseDurationSeconds = 15, renewTime = "" }: LeaseSpec,
  now: number,
): boolean {
  return holderIdentity !== "" && Date.parse(renewTime) + leaseDurationSeconds * 1000 > now;
}
