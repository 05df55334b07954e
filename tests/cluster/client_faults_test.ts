import assert from "assert";
import { ApiError } from "../../operator/kubernetes/api_error.ts";
import { HttpClient } from "../../operator/kubernetes/http_client.ts";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import {
  Transport,
  type TransportOptions,
  WriteRefused,
} from "../../operator/kubernetes/transport.ts";
import { systemClock } from "../../shared/clock.ts";
import { InstantClock } from "../unit/operator/kubernetes/instant_clock.ts";
import { startControlPlane } from "./control_plane.ts";
import { startFaultyProxy } from "./faulty_proxy.ts";

const { ConfigMap } = resources;
const manager = { fieldManager: "test" };
const cluster = await startControlPlane();

Deno.test.afterAll(() => cluster.stop());

/** A client behind a proxy of its own; its waits are over at once, and kept. */
function behindProxy(options: Partial<TransportOptions> = {}) {
  const proxy = startFaultyProxy(cluster);
  const authorization = `Bearer ${cluster.adminToken}`;
  const transport = new Transport({
    access: { server: proxy.url, headers: () => Promise.resolve({ authorization }) },
    userAgent: "genkitd-test",
    ...options,
  });
  const clock = new InstantClock();
  return {
    proxy,
    clock,
    client: new HttpClient({ transport, clock, random: () => 0 }),
    [Symbol.asyncDispose]: async () => {
      transport[Symbol.dispose]();
      await proxy.stop();
    },
  };
}

const configMap = (name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: "default", name },
});

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(() => assert.fail("it succeeded"), (error: unknown) => error);
}

Deno.test("an apply that is turned away is sent again after the time that the server asks for", async () => {
  await using behind = behindProxy();
  const { proxy, client, clock } = behind;
  proxy.fail({ status: 429, times: 2, retryAfter: 7 });
  await client.apply(ConfigMap, configMap("busy"), manager);
  assert.deepEqual(clock.waits, [7_000, 7_000]);
  assert.deepEqual(proxy.counts(), { "apply configmaps 429": 2, "apply configmaps 201": 1 });
});

for (const status of [500, 503]) {
  Deno.test(`reads and writes go on after ${status}, all but a create`, async () => {
    await using behind = behindProxy();
    const { proxy, client } = behind;
    const object = configMap(`after-${status}`);
    const once = () => proxy.fail({ status, times: 1 });
    once();
    const error = await errorOf(client.create(ConfigMap, object));
    assert.ok(error instanceof ApiError && error.status === status, `${error}`);
    assert.equal(await client.get(ConfigMap, object.metadata), undefined);
    once();
    await client.apply(ConfigMap, object, manager);
    once();
    await client.mergePatch(ConfigMap, object.metadata, { data: { key: "value" } });
    once();
    assert.deepEqual((await client.get(ConfigMap, object.metadata))!.data, { key: "value" });
    once();
    assert.equal(await client.delete(ConfigMap, object.metadata), true);
    assert.deepEqual(proxy.counts(), {
      [`create configmaps ${status}`]: 1,
      "get configmaps 404": 1,
      [`apply configmaps ${status}`]: 1,
      "apply configmaps 201": 1,
      [`patch configmaps ${status}`]: 1,
      "patch configmaps 200": 1,
      [`get configmaps ${status}`]: 1,
      "get configmaps 200": 1,
      [`delete configmaps ${status}`]: 1,
      "delete configmaps 200": 1,
    });
  });
}

Deno.test("a create that is turned away is sent again, and makes one object", async () => {
  await using behind = behindProxy();
  const { proxy, client } = behind;
  proxy.fail({ status: 429, times: 1 });
  const { metadata } = await client.create(ConfigMap, configMap("created"));
  assert.ok(metadata.uid);
  assert.deepEqual(proxy.counts(), { "create configmaps 429": 1, "create configmaps 201": 1 });
});

Deno.test("an error that stays is given up, and told as the server told it", async () => {
  await using behind = behindProxy();
  const { proxy, client } = behind;
  proxy.fail({ status: 500 });
  const error = await errorOf(client.get(ConfigMap, { namespace: "default", name: "any" }));
  assert.equal(
    (error as Error).message,
    `Cannot get ConfigMap "default/any": 500 InternalError: The test wants this request to fail`,
  );
  assert.deepEqual(proxy.counts(), { "get configmaps 500": 5 });
});

Deno.test("a list of a forgotten place is made anew, and whole", async () => {
  await using behind = behindProxy();
  const { proxy, client } = behind;
  await client.apply(ConfigMap, configMap("listed"), manager);
  proxy.fail({ status: 410, times: 1 });
  const { items, resourceVersion } = await client.list(ConfigMap, { namespace: "default" });
  assert.ok(items.some(({ metadata }) => metadata.name === "listed"));
  assert.match(resourceVersion, /^\d+$/);
  assert.equal(proxy.counts()["list configmaps 410"], 1);
});

Deno.test("a write that is not answered is given up, and sent again", async () => {
  let asked = 0;
  // The first time limit is soon over; those of what is sent again are for a hang only.
  const limits = [500];
  await using behind = behindProxy({
    clock: {
      now: systemClock.now,
      after: (_, run) => systemClock.after(limits.pop() ?? 60_000, run),
    },
    beforeWrite: () => {
      // The first one has been given up by now.
      if (++asked === 2) behind.proxy.heal();
    },
  });
  const { proxy, client } = behind;
  proxy.silence();
  const applied = await client.apply(ConfigMap, configMap("silent"), manager);
  assert.equal(applied.metadata.name, "silent");
  assert.equal(asked, 2);
});

Deno.test("a write whose permission ends before its retry is not sent again", async () => {
  let allowed = 1;
  await using behind = behindProxy({
    beforeWrite: () => {
      if (allowed-- === 0) throw new WriteRefused("the lease is lost");
    },
  });
  const { proxy, client } = behind;
  proxy.fail({ status: 503, times: 1 });
  const error = await errorOf(client.apply(ConfigMap, configMap("refused"), manager));
  assert.ok(error instanceof WriteRefused, `${error}`);
  assert.deepEqual(proxy.counts(), { "apply configmaps 503": 1 });
  assert.equal(await client.get(ConfigMap, configMap("refused").metadata), undefined);
});
