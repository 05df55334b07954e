import { Buffer } from "node:buffer";

/** The data of a ConfigMap or Secret, by key. */
export type ObjectData = Record<string, Uint8Array>;

/** The ConfigMaps and Secrets of a pod's namespace, as they are now. */
export interface NamedObjects {
  configMap(name: string): ObjectData | undefined;
  secret(name: string): ObjectData | undefined;
}

/** A ConfigMap or Secret as the API server gives it. */
export interface DataObject {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** Something that a pod names is not there; the pod waits for it. */
export class MissingReference extends Error {
  override readonly name = "MissingReference";
}

/** Decodes the data of a ConfigMap. */
export function configMapData({ data = {}, binaryData = {} }: DataObject): ObjectData {
  return {
    ...mapValues(data, (text) => new TextEncoder().encode(text)),
    ...fromBase64(binaryData),
  };
}

/** Decodes the data of a Secret. */
export function secretData({ data = {} }: DataObject): ObjectData {
  return fromBase64(data);
}

function fromBase64(data: Record<string, string>): ObjectData {
  return mapValues(data, (text) => new Uint8Array(Buffer.from(text, "base64")));
}

function mapValues(
  data: Record<string, string>,
  change: (text: string) => Uint8Array,
): ObjectData {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, change(text)]));
}
