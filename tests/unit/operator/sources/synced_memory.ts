import { ClusterView } from "../../../../operator/cluster_view.ts";
import { ApiError } from "../../../../operator/kubernetes/api_error.ts";
import { FlowSources } from "../../../../operator/sources/flow_sources.ts";
import type { FlowSource } from "../../../../shared/api/flow_source.ts";
import { createLog } from "../../../../shared/log.ts";
import type { Fetcher } from "../../../../shared/sources/fetcher.ts";
import { ManualClock } from "../../manual_clock.ts";
import { MemoryCluster } from "../memory_cluster.ts";

/** FlowSources over a cluster in memory, whose sources are the test's. */
export interface SyncedMemory extends AsyncDisposable {
  cluster: MemoryCluster;
  clock: ManualClock;
  /** Creates or changes a FlowSource of the namespace demo. */
  put(name: string, spec?: Partial<FlowSource["spec"]>, annotations?: Record<string, string>): void;
  status(name: string): NonNullable<FlowSource["status"]>;
  /** Called when an object was applied or removed. */
  onWrite: () => void;
  /** Users that the API server lets do nothing. */
  forbidden: Set<string>;
  /** How syncs ended, such as `flows changed`. */
  synced: string[];
  errors: unknown[];
  start(): Promise<void>;
  /** Waits until nothing is left to be done but for the clock. */
  idle(): Promise<void>;
}

/** Makes FlowSources that are read by `fetch`, which is told the source's address. */
export function syncedMemory(
  fetch: (url: string, signal: AbortSignal) => ReturnType<Fetcher["fetch"]>,
): SyncedMemory {
  const cluster = new MemoryCluster();
  const clock = new ManualClock();
  const over = new AbortController();
  const synced: string[] = [];
  const errors: unknown[] = [];
  const forbidden = new Set<string>();
  const nothing = () => Promise.reject(new ApiError("forbidden", { status: 403 }));
  const log = createLog({ write: () => {} });
  const random = () => 0.5;
  const view = new ClusterView({
    client: cluster,
    namespace: undefined,
    watchSecrets: true,
    clock: new ManualClock(),
    random,
    log,
    onRestart: () => {},
  });
  const sources = new FlowSources({
    client: cluster,
    clientAs: (user) => ({
      client: forbidden.has(user)
        ? { get: nothing, apply: nothing, mergePatch: nothing, delete: nothing }
        : cluster,
      [Symbol.dispose]: () => {},
    }),
    fetcher: ({ git }) => Promise.resolve({ fetch: (signal) => fetch(git!.url, signal) }),
    stores: view.stores,
    namespaces: [],
    clock,
    wall: () => 0,
    random,
    notify: () => {},
    onWrite: () => memory.onWrite(),
    onSynced: (source, result) => synced.push(`${source.split("/")[2]} ${result}`),
    onError: (_, error) => errors.push(error),
  });
  const following = view.run(over.signal);
  const memory: SyncedMemory = {
    cluster,
    clock,
    onWrite: () => {},
    forbidden,
    synced,
    errors,
    put: (name, spec = {}, annotations = {}) =>
      void cluster.put({
        apiVersion: "genkit.dev/v1alpha1",
        kind: "FlowSource",
        metadata: { namespace: "demo", name, annotations },
        spec: { git: { url: `https://git.example/${name}` }, ...spec },
      }),
    status: (name) =>
      (cluster.find("FlowSource", { namespace: "demo", name })?.status ?? {}) as NonNullable<
        FlowSource["status"]
      >,
    async start() {
      await view.synced();
      view.tell([sources]);
      sources.start();
    },
    async idle() {
      for (let turn = 0; turn < 20; turn++) await new Promise((done) => setTimeout(done, 0));
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await sources.stop();
      await following;
    },
  };
  return memory;
}
