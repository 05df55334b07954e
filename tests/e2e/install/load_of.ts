import type { Load } from "../cluster/slice_client.ts";
import type { Installation } from "./installation.ts";

/** Milliseconds that a node's proxy is behind. */
const LAG = 1_000;

/** Asks a Flow without a pause, as the clients of a node whose proxy lags; resolves when it runs. */
export async function loadOf({ client }: Installation, flow: string): Promise<Load> {
  const { endpoints, load } = await client(flow, LAG);
  await endpoints.until((now) => now.length > 0);
  const running = load({ path: `/${flow}`, body: { name: "Ann" }, inFlight: 8 });
  await running.more(50);
  return running;
}
