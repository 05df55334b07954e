import { startRunner } from "./bench_runner.ts";
import { type Pinned, pinned } from "./pinned.ts";

const PROXY = new URL("raw_proxy.ts", import.meta.url).pathname;

/** Wide enough never to be reached: what they cost is measured, not what they refuse. */
const LIMITS = {
  concurrency: 1_000,
  requestsPerSecond: 1_000_000,
  burst: 1_000_000,
  tokensPerMinute: 2_000_000_000,
};

/** The servers that are compared. */
export interface BenchServers extends AsyncDisposable {
  /** A raw proxy; a runner that only runs flows; one with keys, limits, metrics; that with traces. */
  servers: [proxy: Pinned, off: Pinned, on: Pinned, traced: Pinned];
}

/** Starts the servers that are compared, all on the same core and before the same model. */
export async function startServers(
  { modelUrl, core }: { modelUrl: string; core: number },
): Promise<BenchServers> {
  await using started = new AsyncDisposableStack();
  const proxy = started.use(
    await pinned({ core, args: ["run", "-A", PROXY, modelUrl], port: /^(\d+)$/m }),
  );
  const tree = { modelUrl, core, flows: 3, tenants: 1 };
  const off = started.use(await startRunner({ ...tree, args: ["--metrics-port", "off"] }));
  const guarded = { ...tree, limits: LIMITS, args: ["--metrics-port", "0"] };
  const on = started.use(await startRunner(guarded));
  const traced = started.use(
    await startRunner({
      ...guarded,
      env: {
        OTEL_DENO: "true",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
        OTEL_EXPORTER_OTLP_ENDPOINT: modelUrl,
      },
    }),
  );
  const all = started.move();
  return {
    servers: [proxy, off, on, traced],
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
