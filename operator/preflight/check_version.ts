import type { ExaminedCluster } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

/** The minor versions of Kubernetes 1 that genkitd is made for. */
const OLDEST = 31;
const NEWEST = 35;
const RANGE = `1.${OLDEST} to 1.${NEWEST}`;

/** Whether genkitd is made for the cluster's version of Kubernetes. */
export async function checkVersion({ version }: ExaminedCluster): Promise<Finding[]> {
  const check = "Kubernetes version";
  const text = await version();
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text)?.map(Number) ?? [];
  const is = `is ${JSON.stringify(text)}`;
  if (major !== 1 || minor === undefined || minor < OLDEST) {
    const help = "Upgrade the cluster first";
    return [{ level: "fail", check, message: `${is}, should be ${RANGE}`, help }];
  }
  if (minor > NEWEST) {
    return [{ level: "warn", check, message: `${is}; genkitd is tested on ${RANGE}` }];
  }
  return [{ level: "ok", check, message: is }];
}
