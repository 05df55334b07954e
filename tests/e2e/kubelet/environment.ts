import { fieldRef } from "./field_ref.ts";
import { MissingReference, type NamedObjects, type ObjectData } from "./named_objects.ts";
import type { Container, EnvVar, Pod, Reference } from "./pod.ts";

/** Options of {@linkcode environment}. */
export interface EnvironmentOptions {
  pod: Pod;
  container: Container;
  podIp: string;
  objects: NamedObjects;
  /** The variables of the image. */
  image: Record<string, string>;
  /** The variables of Services. */
  services: Record<string, string>;
}

/**
 * Gives the variables of a container: the image's, those of Services, `envFrom`, `env`, the
 * later ones winning. `$(NAME)` stands for a variable before it.
 *
 * @throws {MissingReference} where an object or key that is not optional is not there.
 */
export function environment(options: EnvironmentOptions): Record<string, string> {
  const { pod, container, objects, image, services } = options;
  const all: Record<string, string> = {
    PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOSTNAME: pod.metadata.name,
    ...image,
    ...services,
  };
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    const data = configMapRef === undefined
      ? dataOf("secret", objects.secret, secretRef!)
      : dataOf("configmap", objects.configMap, configMapRef);
    for (const [key, value] of Object.entries(data ?? {})) all[prefix + key] = textOf(value);
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, all, options);
    if (value !== undefined) all[variable.name] = value;
  }
  return all;
}

function valueOf(
  { value, valueFrom }: EnvVar,
  before: Record<string, string>,
  { pod, podIp, objects }: EnvironmentOptions,
): string | undefined {
  if (valueFrom === undefined) return expand(value ?? "", before);
  const { secretKeyRef, configMapKeyRef, fieldRef: field } = valueFrom;
  if (secretKeyRef) return keyOf("secret", objects.secret, secretKeyRef);
  if (configMapKeyRef) return keyOf("configmap", objects.configMap, configMapKeyRef);
  if (field) return fieldRef(pod, podIp, field.fieldPath);
  throw new Error(`The test kubelet does not know "valueFrom" ${JSON.stringify(valueFrom)}`);
}

function keyOf(
  kind: string,
  find: (name: string) => ObjectData | undefined,
  reference: Reference & { key: string },
): string | undefined {
  const value = dataOf(kind, find, reference)?.[reference.key];
  if (value !== undefined) return textOf(value);
  if (reference.optional) return undefined;
  throw new MissingReference(`couldn't find key ${reference.key} in ${kind} ${reference.name}`);
}

function dataOf(
  kind: string,
  find: (name: string) => ObjectData | undefined,
  { name, optional }: Reference,
): ObjectData | undefined {
  const data = find(name);
  if (data === undefined && !optional) throw new MissingReference(`${kind} "${name}" not found`);
  return data;
}

function textOf(value: Uint8Array): string {
  return new TextDecoder().decode(value);
}

/** Replaces `$(NAME)` in a variable, or in a container's command or arguments; `$$` is a dollar, and a name that is not there stays as it is. */
export function expand(text: string, variables: Record<string, string>): string {
  return text.replace(
    /\$\$|\$\(([^)]*)\)/g,
    (whole, name) => name === undefined ? "$" : variables[name] ?? whole,
  );
}
