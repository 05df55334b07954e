import type { Container, Pod, PodSpec } from "./pod.ts";
import type { Image } from "./image.ts";

/** An image whose command is a line of shell: `args: ["echo hello"]`. */
export const SHELL: Image = { entrypoint: ["/bin/sh", "-c"], args: ["sleep infinity"] };

/** A pod of one container `main` that runs a line of shell. */
export function shellPod(
  name: string,
  line: string,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
): { apiVersion: string; kind: string; metadata: Partial<Pod["metadata"]>; spec: PodSpec } {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: [{ name: "main", image: "shell", args: [line], ...container }],
    },
  };
}
