import { resources } from "../../../operator/kubernetes/resources.ts";
import type { Installation } from "./installation.ts";

/**
 * Changes something, and waits until a Flow says that it is Ready and all of its new pods serve, and no
 * other: the EndpointSlices of a Service follow its Deployment, which the Flow's status is made of.
 */
export async function rolls(
  { client, ready, seen, at }: Installation,
  name: string,
  change: () => Promise<void>,
): Promise<void> {
  const { endpoints } = await client(name);
  const before = endpoints.now().map(({ pod }) => pod);
  await change();
  await endpoints.until((now) => now.length > 0 && !now.some(({ pod }) => before.includes(pod)));
  await ready("Flow", name);
  const { spec } = (await seen.api.get(resources.Deployment, at(name)))!;
  const { replicas } = spec as { replicas: number };
  await endpoints.until((now) =>
    now.length === replicas && !now.some(({ pod }) => before.includes(pod))
  );
}
