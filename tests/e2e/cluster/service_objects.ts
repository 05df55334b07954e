import type { Followed } from "./followed_objects.ts";

/** A Service, as far as it is read. */
export interface ServiceObject extends Followed {
  spec: {
    clusterIP?: string;
    ports?: { name?: string; port: number; protocol?: string }[];
  };
}

/** Whether pods can reach a Service at an address of its own. */
export function hasClusterIp({ spec: { clusterIP } }: ServiceObject): boolean {
  return clusterIP !== undefined && clusterIP !== "" && clusterIP !== "None";
}
