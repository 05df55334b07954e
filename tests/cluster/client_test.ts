import assert from "assert";
import { ApiError } from "../../operator/kubernetes/api_error.ts";
import { loadClusterAccess } from "../../operator/kubernetes/cluster_access.ts";
import { HttpClient } from "../../operator/kubernetes/http_client.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import {
  type Change,
  Reflector,
  type ReflectorOptions,
} from "../../operator/kubernetes/reflector.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { Transport } from "../../operator/kubernetes/transport.ts";
import { systemClock } from "../../shared/clock.ts";
import { startControlPlane } from "./control_plane.ts";
import { startFaultyProxy } from "./faulty_proxy.ts";

const { ConfigMap, Deployment, Lease, Secret } = resources;
const manager = { fieldManager: "test" };

const cluster = await startControlPlane();
const access = await loadClusterAccess({
  kubeconfig: cluster.kubeconfig,
  environment: () => undefined,
});
const transport = new Transport({ access, userAgent: "genkitd-test" });
const client = new HttpClient({ transport, clock: systemClock, random: Math.random });
await cluster.kubectl(["create", "namespace", "demo"]);

Deno.test.afterAll(async () => {
  transport[Symbol.dispose]();
  await cluster.stop();
});

const configMap = (name: string, data: Record<string, string> = {}): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "demo", name },
  data,
});

const deployment: KubernetesObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { namespace: "demo", name: "greeter" },
  spec: {
    selector: { matchLabels: { app: "greeter" } },
    template: {
      metadata: { labels: { app: "greeter" } },
      spec: { containers: [{ name: "flow", image: "none" }] },
    },
  },
};

async function errorOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ApiError, `${error}`);
  return error;
}

Deno.test("an object is applied, read, patched in its status and scaled", async () => {
  const applied = await client.apply(Deployment, deployment, manager);
  assert.equal(applied.metadata.managedFields?.[0]?.manager, "test");
  const patched = await client.mergePatch(
    Deployment,
    deployment.metadata,
    { status: { observedGeneration: 1 }, spec: { replicas: 7 } },
    { ...manager, subresource: "status" },
  );
  assert.equal((patched.status as { observedGeneration: number }).observedGeneration, 1);
  assert.equal((patched.spec as { replicas: number }).replicas, 1, "only the status is patched");

  await client.apply(Deployment, {
    apiVersion: "autoscaling/v1",
    kind: "Scale",
    metadata: { namespace: "demo", name: "greeter" },
    spec: { replicas: 3 },
  }, { fieldManager: "scaler", force: true, subresource: "scale" });
  const read = await client.get(Deployment, deployment.metadata);
  assert.equal((read!.spec as { replicas: number }).replicas, 3);
});

Deno.test("what is not there is undefined, and deleting it gives false", async () => {
  const nothing = { namespace: "demo", name: "nothing" };
  assert.equal(await client.get(ConfigMap, nothing), undefined);
  assert.equal(await client.delete(ConfigMap, nothing), false);
});

Deno.test("fields of another manager are a conflict, unless they are taken by force", async () => {
  const contested = (value: string) => configMap("contested", { key: value });
  await client.apply(ConfigMap, contested("theirs"), { fieldManager: "other" });
  const error = await errorOf(client.apply(ConfigMap, contested("ours"), manager));
  assert.equal(error.status, 409);
  assert.match(
    error.message,
    /^Cannot apply ConfigMap "demo\/contested": 409 Conflict: Apply failed with 1 conflict/,
  );
  await client.apply(ConfigMap, contested("ours"), { ...manager, force: true });
});

Deno.test("a name that is taken and a version that is old are told apart", async () => {
  const created = await client.create(ConfigMap, configMap("versioned"), manager);
  const taken = await errorOf(client.create(ConfigMap, configMap("versioned")));
  assert.deepEqual([taken.status, taken.reason], [409, "AlreadyExists"]);
  await client.update(ConfigMap, { ...created, data: { key: "new" } }, manager);
  const old = await errorOf(client.update(ConfigMap, { ...created, data: { key: "newer" } }));
  assert.deepEqual([old.status, old.reason], [409, "Conflict"]);
});

Deno.test("a delete may be for one object of one version only", async () => {
  const { metadata } = await client.create(ConfigMap, configMap("deleted"));
  const stale = [{ uid: crypto.randomUUID() }, { resourceVersion: "1" }];
  for (const preconditions of stale) {
    const error = await errorOf(client.delete(ConfigMap, metadata, preconditions));
    assert.deepEqual([error.status, error.reason], [409, "Conflict"]);
  }
  const { uid, resourceVersion } = metadata;
  assert.equal(await client.delete(ConfigMap, metadata, { uid, resourceVersion }), true);
  assert.equal(await client.get(ConfigMap, metadata), undefined);
});

Deno.test("of metadata only, nothing of a Secret's values comes", async () => {
  await client.create(Secret, {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { namespace: "demo", name: "secret" },
    stringData: { key: "sesame" },
  });
  const name = { namespace: "demo", name: "secret" };
  const got = await client.get(Secret, name, { metadataOnly: true });
  const { items } = await client.list(Secret, { namespace: "demo", metadataOnly: true });
  for (const object of [got!, ...items]) {
    assert.equal(object.metadata.name, "secret");
    assert.equal(object.data, undefined);
  }
});

Deno.test("a list of many pages is whole, and can be selected from", async () => {
  const names = Array.from({ length: 1_001 }, (_, index) => `many-${index}`);
  const left = names.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const name of left) {
        const { metadata, ...rest } = configMap(name);
        const labels = { many: name === "many-7" ? "seven" : "other" };
        await client.apply(ConfigMap, { ...rest, metadata: { ...metadata, labels } }, manager);
      }
    }),
  );
  const { items } = await client.list(ConfigMap, { namespace: "demo", labelSelector: "many" });
  assert.deepEqual(
    new Set(items.map(({ metadata }) => metadata.name)),
    new Set(names),
  );
  const selected = await client.list(ConfigMap, { labelSelector: "many=seven" });
  assert.deepEqual(selected.items.map(({ metadata }) => metadata.name), ["many-7"]);
});

Deno.test("what the token may not do is told as it is, and not tried again", async () => {
  await cluster.kubectl(["create", "serviceaccount", "nobody", "-n", "demo"]);
  const token = await cluster.serviceAccountToken("demo", "nobody");
  let requests = 0;
  using transport = new Transport({
    access: {
      server: cluster.url,
      ca: cluster.ca,
      headers: () => Promise.resolve({ authorization: `Bearer ${token}` }),
    },
    userAgent: "genkitd-test",
    observe: () => requests++,
  });
  const nobody = new HttpClient({ transport, clock: systemClock, random: Math.random });
  const error = await errorOf(nobody.apply(ConfigMap, configMap("forbidden"), manager));
  assert.match(
    error.message,
    /^Cannot apply ConfigMap "demo\/forbidden": 403 Forbidden: .*cannot patch resource "configmaps"/,
  );
  assert.equal(requests, 1);
  assert.ok(!error.message.includes(token));
});

Deno.test("a server whose certificate is not of the CA is not talked to", async () => {
  using transport = new Transport({
    access: { server: cluster.url, headers: () => Promise.resolve({}) },
    userAgent: "genkitd-test",
  });
  const stranger = new HttpClient({
    transport,
    clock: systemClock,
    random: Math.random,
    tries: 1,
  });
  const error = await errorOf(stranger.list(ConfigMap));
  assert.match(error.message, /^Cannot list ConfigMap "\*": .*certificate/i);
});

Deno.test("a reflector goes on over a restart of the API server, and lists again only where it must", async () => {
  let lists = 0;
  using transport = new Transport({
    access,
    userAgent: "genkitd-test",
    observe: ({ verb, code }) => lists += Number(verb === "list" && code === 200),
  });
  const following = new HttpClient({ transport, clock: systemClock, random: Math.random });
  await using reflected = reflect(following);
  await reflected.reflector.synced;
  await client.apply(Lease, lease("before"), manager);
  await reflected.seen("applied before");

  await cluster.restartApiServer();
  await client.apply(Lease, lease("after"), manager);
  await client.delete(Lease, lease("before").metadata);
  await reflected.seen("applied after");
  await reflected.seen("deleted before");
  // It is where the API server wrote something of its own before: it begins with what is there then.
  const expired = reflected.restarts.filter((reason) => reason === "Expired").length;
  assert.equal(lists, 1 + expired, `${reflected.restarts}`);
  assert.ok(reflected.restarts.length > 0, "the restart was told");
});

Deno.test("a reflector behind broken, lying and forgetful watches misses nothing", async () => {
  await using proxy = startFaultyProxy(cluster);
  using transport = new Transport({
    access: { ...access, server: proxy.url },
    userAgent: "genkitd-test",
  });
  const behind = new HttpClient({ transport, clock: systemClock, random: Math.random });
  await using reflected = reflect(behind);
  await reflected.reflector.synced;
  await client.apply(Lease, lease("zero"), manager);
  await reflected.seen("applied zero");

  const faults: [string, () => void | Promise<void>][] = [
    ["Error", () => proxy.dropWatches()],
    ["BadLine", () => proxy.sendInWatches(`{"type":"MOD`)],
    ["Expired", () => proxy.expireWatches()],
  ];
  for (const [reason, fault] of faults) {
    await client.apply(Lease, lease(`until-${reason.toLowerCase()}`), manager);
    await reflected.seen(`applied until-${reason.toLowerCase()}`);
    await fault();
    await client.delete(Lease, lease(`until-${reason.toLowerCase()}`).metadata);
    await reflected.seen(`deleted until-${reason.toLowerCase()}`);
    assert.equal(reflected.restarts.at(-1), reason);
    const lists = proxy.requests.filter(({ verb, status }) => verb === "list" && status === 200);
    assert.equal(lists.length, reason === "Expired" ? 2 : 1);
  }
});

Deno.test("a watch that has gone silent on an open connection is given up for a new one", async () => {
  await using proxy = startFaultyProxy(cluster);
  using transport = new Transport({
    access: { ...access, server: proxy.url },
    userAgent: "genkitd-test",
  });
  const behind = new HttpClient({ transport, clock: systemClock, random: Math.random });
  await using reflected = reflect(behind, { silence: 500 });
  await reflected.reflector.synced;
  await client.apply(Lease, lease("heard"), manager);
  await reflected.seen("applied heard");
  proxy.silenceWatches();
  await client.apply(Lease, lease("unheard"), manager);
  await reflected.seen("applied unheard");
  assert.ok(reflected.restarts.includes("Silent"), `${reflected.restarts}`);
});

const lease = (name: string): KubernetesObject => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { namespace: "demo", name },
  spec: {},
});

/** Follows the namespace's Leases until the end of the scope. */
function reflect(client: HttpClient, options: Partial<ReflectorOptions> = {}) {
  const stop = new AbortController();
  const restarts: string[] = [];
  const past = new Set<string>();
  const awaited = new Map<string, () => void>();
  const onChange = ({ type, object }: Change) => {
    const text = `${type} ${object.metadata.name}`;
    past.add(text);
    awaited.get(text)?.();
  };
  const reflector = new Reflector({
    client,
    resource: Lease,
    selection: { namespace: "demo" },
    clock: systemClock,
    random: Math.random,
    onRestart: (reason) => restarts.push(reason),
    onChange,
    ...options,
  });
  const running = reflector.run(stop.signal);
  return {
    reflector,
    restarts,
    /** Resolves once there was a change, such as `"applied NAME"`. */
    seen: (text: string) =>
      new Promise<void>((resolve) => past.has(text) ? resolve() : awaited.set(text, resolve)),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
    },
  };
}
