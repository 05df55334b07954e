/** An API server that is reached and says nothing: no error tells the operator that it is deaf. */
import assert from "assert";
import { ClusterView } from "../../operator/cluster_view.ts";
import { EventRecorder } from "../../operator/kubernetes/event_recorder.ts";
import { HttpClient } from "../../operator/kubernetes/http_client.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { Transport } from "../../operator/kubernetes/transport.ts";
import { lead } from "../../operator/lead.ts";
import { OperatorMetrics } from "../../operator/operator_metrics.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { systemClock as clock } from "../../shared/clock.ts";
import { createLog } from "../../shared/log.ts";
import { objectOf } from "../unit/api/objects.ts";
import type { ApiRequest } from "./api_request.ts";
import { ClusterClient } from "./cluster_client.ts";
import { startControlPlane } from "./control_plane.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty_proxy.ts";
import { kubeconfigOf } from "./kubeconfig.ts";
import { startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const FLOWS = ["one", "two", "three"];
const { ConfigMap, Deployment } = resources;
const namespace = "default";

Deno.test("operator: an API server that falls silent", async (t) => {
  await using plane = await startControlPlane();
  await plane.kubectl(["apply", "--server-side", "-k", CRDS]);
  await untilServed(plane);
  await using cluster = new ClusterClient(plane);
  await using proxy = startFaultyProxy(plane);

  const apply = (kind: keyof typeof customKinds, name: string, spec: object) => {
    const { metadata, ...object } = objectOf(kind, spec, name);
    const named = { ...object, metadata: { ...metadata, namespace } };
    return cluster.api.apply(customKinds[kind], named, { fieldManager: "test", force: true });
  };
  /** Changes all Flows, through the Model that they share. */
  const edit = (model: string) =>
    apply("Model", "shared", { provider: "echo", model, pluginConfigRef: { name: "echo" } });
  const deployments = await cluster.follow(Deployment);
  const contents = await cluster.follow(ConfigMap);
  const serve = (model: string) =>
    cluster.when(() =>
      FLOWS.every((name) => {
        const deployment = deployments.get({ namespace, name });
        return contentOf(deployment).some((name) =>
          JSON.stringify(contents.get({ namespace, name })?.data ?? {}).includes(model)
        );
      })
    );
  await apply("PluginConfig", "echo", { type: "echo" });
  await edit("first");
  await apply("Prompt", "hello", { content: "Hello {{name}}" });
  const flow = { image: "genkitd", modelRef: { name: "shared" }, promptRefs: [{ name: "hello" }] };
  for (const name of FLOWS) await apply("Flow", name, flow);

  await t.step("with less patience than it has", async (t) => {
    await using operator = startOperatorHere(proxy, plane.adminToken);
    await serve("first");

    await t.step("watches that bring nothing any more are opened anew", async () => {
      proxy.silenceWatches();
      await edit("unheard");
      await serve("unheard");
      assert.ok(operator.restarts.includes("Silent"), `${operator.restarts}`);
    });

    await t.step("writes that are not answered are given up and sent again", async () => {
      const silent = proxy.next(isWrite).then(() => proxy.silence());
      await edit("unanswered");
      await silent;
      proxy.requests.length = 0;
      await sentTwice(proxy);
      proxy.heal();
      await serve("unanswered");
    });
  });

  await t.step("as a process: its watches are opened anew from where they were", async () => {
    const kubeconfig = `${plane.folder}/proxied`;
    await Deno.writeTextFile(kubeconfig, kubeconfigOf({ url: proxy.url, token: plane.adminToken }));
    const flags = ["--no-leader-elect", "--namespace", namespace];
    await using operator = await startOperator(kubeconfig, flags);
    await edit("told to the process");
    await serve("told to the process");
    await operator.ready();
    // What is served may have been listed: a watch begins later.
    while (proxy.watches(ofModels).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    proxy.silenceWatches();
    proxy.requests.length = 0;
    const again = proxy.next((request) => request.verb === "watch" && ofModels(request));
    await edit("unheard by the process");
    await again;
    await serve("unheard by the process");
    await operator.saw(/"kind":"Model","reason":"Silent"/);
    assert.deepEqual(proxy.requests.filter(({ verb }) => verb === "list"), []);
  });
});

function ofModels({ resource }: ApiRequest): boolean {
  return resource === "models";
}

/** Runs the operator in the test's own process, with less patience for silence than it has. */
function startOperatorHere(proxy: FaultyProxy, token: string) {
  const authorization = `Bearer ${token}`;
  const transport = new Transport({
    access: { server: proxy.url, headers: () => Promise.resolve({ authorization }) },
    userAgent: "genkitd-test",
  });
  const random = Math.random;
  const wall = () => Date.now();
  const client = new HttpClient({ transport, clock, random });
  const log = createLog({ level: "error" });
  const restarts: string[] = [];
  const view = new ClusterView({
    client,
    namespace,
    watchSecrets: false,
    clock,
    random,
    log,
    silence: 3_000,
    onRestart: (_, reason) => restarts.push(reason),
  });
  const metrics = new OperatorMetrics({
    queue: () => ({ depth: 0, age: 0 }),
    isLeader: () => true,
    objects: () => [],
  });
  const events = new EventRecorder({
    client,
    controller: "genkit.dev/genkitd",
    instance: "test",
    clock,
    wall,
    onDropped: () => {},
  });
  const stop = new AbortController();
  const following = view.run(stop.signal);
  const leading = lead({
    client,
    clientAs: () => ({ client, [Symbol.dispose]: () => {} }),
    sourceNamespaces: [],
    view,
    events,
    metrics,
    log,
    clock,
    wall,
    random,
    watchSecrets: false,
    maxRollouts: 0,
    workers: 16,
    signal: stop.signal,
    state: { queue: () => ({ depth: 0, age: 0 }) },
  });
  return {
    restarts,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await Promise.all([following, leading]);
      transport[Symbol.dispose]();
    },
  };
}

/** Waits until a write that got no answer was given up and sent again. */
async function sentTwice({ requests }: FaultyProxy): Promise<void> {
  for (;;) {
    const waiting = requests.filter((request) => isWrite(request) && request.status === undefined)
      .map(({ verb, resource, name, subresource }) => `${verb} ${resource} ${name} ${subresource}`);
    if (new Set(waiting).size < waiting.length) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Events apart: they have no names, and several are on their way at once. */
function isWrite({ verb, resource }: ApiRequest): boolean {
  if (resource === "events") return false;
  return ["create", "apply", "patch", "update", "delete"].includes(verb);
}

function contentOf(deployment: KubernetesObject | undefined): string[] {
  const { template } = (deployment?.spec ?? {}) as {
    template?: {
      spec: { volumes: { projected?: { sources: { configMap?: { name: string } }[] } }[] };
    };
  };
  return (template?.spec.volumes ?? []).flatMap(({ projected }) =>
    (projected?.sources ?? []).flatMap(({ configMap }) => configMap?.name ?? [])
  );
}
