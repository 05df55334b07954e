import { hasClusterIp, type ServiceObject } from "../cluster/service_objects.ts";

/**
 * Gives the variables by which pods find Services, as kubelets do: those of the API server's Service
 * always, the others of the namespace where the pod wants service links.
 */
export function serviceEnvironment(
  services: Iterable<ServiceObject>,
  { namespace, links }: { namespace: string; links: boolean },
): Record<string, string> {
  const all: Record<string, string> = {};
  for (const service of services) {
    const { metadata: { name, namespace: at } } = service;
    const isMaster = at === "default" && name === "kubernetes";
    if (!hasClusterIp(service) || !isMaster && !(links && at === namespace)) continue;
    Object.assign(all, variablesOf(service));
  }
  return all;
}

/** `NAME_SERVICE_HOST` and so on, and the variables of Docker's links. */
function variablesOf({ metadata, spec }: ServiceObject): Record<string, string> {
  const name = upper(metadata.name);
  const { clusterIP = "", ports = [] } = spec;
  const [first] = ports;
  if (first === undefined) return {};
  const url = ({ port, protocol = "TCP" }: typeof first) =>
    `${protocol.toLowerCase()}://${clusterIP}:${port}`;
  const all: Record<string, string> = {
    [`${name}_SERVICE_HOST`]: clusterIP,
    [`${name}_SERVICE_PORT`]: String(first.port),
    [`${name}_PORT`]: url(first),
  };
  for (const one of ports) {
    const { port, protocol = "TCP" } = one;
    if (one.name) all[`${name}_SERVICE_PORT_${upper(one.name)}`] = String(port);
    const link = `${name}_PORT_${port}_${protocol}`;
    Object.assign(all, {
      [link]: url(one),
      [`${link}_PROTO`]: protocol.toLowerCase(),
      [`${link}_PORT`]: String(port),
      [`${link}_ADDR`]: clusterIP,
    });
  }
  return all;
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}
