import type { KubernetesObject } from "../kubernetes/object.ts";

/** A port of a Service or of a container. */
interface Port {
  name?: string;
  port?: number;
  containerPort?: number;
  protocol?: string;
}

interface Container {
  name: string;
  ports?: Port[];
}

interface Spec {
  ports?: Port[];
  template?: { spec: { containers: Container[] } };
}

/**
 * Gives a merge patch that puts our ports in the place of those that others gave the same name: a port
 * is told by its number, so that an apply would leave both, and the API server refuses two of one
 * name. Undefined where there are none.
 */
export function withoutRivalPorts(
  desired: KubernetesObject,
  live: KubernetesObject,
): Record<string, unknown> | undefined {
  const [wanted, there] = [desired.spec, live.spec] as [Spec?, Spec?];
  const ports = withoutRivals(wanted?.ports, there?.ports);
  if (ports !== undefined) return { spec: { ports } };
  let changed = false;
  const containers = there?.template?.spec.containers.map((container) => {
    const own = wanted?.template?.spec.containers.find(({ name }) => name === container.name);
    const ports = withoutRivals(own?.ports, container.ports);
    changed ||= ports !== undefined;
    return ports === undefined ? container : { ...container, ports };
  });
  return changed ? { spec: { template: { spec: { containers } } } } : undefined;
}

function withoutRivals(wanted: Port[] = [], there: Port[] = []): Port[] | undefined {
  const left = there.filter((port) =>
    !wanted.some((own) => own.name === port.name && !isSame(own, port))
  );
  if (left.length === there.length) return undefined;
  const added = wanted.filter((own) => !left.some((port) => isSame(own, port)));
  return [...left, ...added];
}

function isSame(a: Port, b: Port): boolean {
  return a.port === b.port && a.containerPort === b.containerPort &&
    (a.protocol ?? "TCP") === (b.protocol ?? "TCP");
}
