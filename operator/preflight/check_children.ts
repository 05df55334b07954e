import { controllerOf, type KubernetesObject } from "../kubernetes/object.ts";
import { resources } from "../kubernetes/resources.ts";
import { MANAGED_BY, MANAGER } from "../render/labels.ts";
import type { ExaminedCluster } from "./examined_cluster.ts";
import { showObject } from "./examined_cluster.ts";
import type { Finding } from "./finding.ts";

/** The end of the names that genkitd gives its ConfigMaps. */
const REVISION = /-[0-9a-f]{12}(-\d+)?$/;

/** Whether the children's names are free or taken by 0.5.0's own, and what becomes of the latter. */
export async function checkChildren(
  { client, namespace }: ExaminedCluster,
  objects: readonly KubernetesObject[],
): Promise<Finding[]> {
  const check = "children";
  const servers = new Map(
    objects.filter(({ kind }) => kind === "Flow" || kind === "FlowSet")
      .map((server) => [`${server.metadata.namespace}/${server.metadata.name}`, server]),
  );
  const [deployments, services, configMaps] = await Promise.all([
    client.list(resources.Deployment, { namespace, metadataOnly: true }),
    client.list(resources.Service, { namespace, metadataOnly: true }),
    client.list(resources.ConfigMap, {
      namespace,
      metadataOnly: true,
      labelSelector: `${MANAGED_BY}=${MANAGER}`,
    }),
  ]);
  const taken = [
    ...deployments.items.map((item) => ({ ...item, kind: "Deployment" })),
    ...services.items.map((item) => ({ ...item, kind: "Service" })),
  ].flatMap((child): Finding[] => {
    const server = servers.get(`${child.metadata.namespace}/${child.metadata.name}`);
    if (server === undefined || controllerOf(child)?.uid === server.metadata.uid) return [];
    return [{
      level: "fail",
      check,
      message: `${showObject(child)} is not controlled by ${
        showObject(server)
      }, which needs the name`,
      help: `Rename or delete the ${child.kind}; genkitd does not touch what it does not own`,
    }];
  });
  const old = configMaps.items.filter(({ metadata: { name } }) => !REVISION.test(name));
  const orphans = old.filter((configMap) => controllerOf(configMap) === undefined).map((
    configMap,
  ): Finding => ({
    level: "warn",
    check,
    message: `${showObject({ ...configMap, kind: "ConfigMap" })} has no owner, and will stay`,
    help: "Delete it after the upgrade",
  }));
  const left = old.length - orphans.length;
  const message = left === 0
    ? "no ConfigMap of 0.5.0 is there"
    : `${left} of 0.5.0's ConfigMaps stay until the new pods of their server serve, then go`;
  return [...taken, ...orphans, { level: "ok", check, message }];
}
