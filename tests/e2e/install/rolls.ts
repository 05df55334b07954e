import type { Installation } from "./installation.ts";

/** Changes something, and waits until only new pods of a Flow serve and it says that it is Ready. */
export async function rolls(
  { client, ready }: Installation,
  name: string,
  change: () => Promise<void>,
): Promise<void> {
  const { endpoints } = await client(name);
  const before = endpoints.now().map(({ pod }) => pod);
  await change();
  await endpoints.until((now) => now.length > 0 && !now.some(({ pod }) => before.includes(pod)));
  await ready("Flow", name);
}
