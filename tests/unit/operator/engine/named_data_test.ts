import assert from "assert";
import { NamedDataReader } from "../../../../operator/engine/named_data.ts";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { resources } from "../../../../operator/kubernetes/resources.ts";
import { ManualClock } from "../../manual_clock.ts";

function secret(key: string, uid = "u1"): KubernetesObject {
  const metadata = { name: "keys", namespace: "demo", uid, resourceVersion: "1" };
  return { apiVersion: "v1", kind: "Secret", metadata, data: { KEY: btoa(key) } };
}

/** A reader over one Secret that the test changes. */
function reader({ interval, random = 0 }: { interval?: number; random?: number } = {}) {
  const clock = new ManualClock();
  const state = {
    object: secret("a") as KubernetesObject | undefined,
    error: undefined as Error | undefined,
    used: true,
    gets: 0,
    changes: 0,
    errors: 0,
  };
  const data = new NamedDataReader({
    client: {
      get: () => {
        state.gets++;
        return state.error ? Promise.reject(state.error) : Promise.resolve(state.object);
      },
    },
    resource: resources.Secret,
    clock,
    random: () => random,
    interval,
    onChange: () => state.changes++,
    onError: () => state.errors++,
    isUsed: () => state.used,
  });
  return { clock, data, state, read: async () => (await data.read("demo", "keys"))?.data.KEY };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("named data: is read once for all who need it, decoded", async () => {
  const { read, state } = reader();
  assert.deepEqual(await Promise.all([read(), read()]), ["a", "a"]);
  assert.equal(await read(), "a");
  assert.equal(state.gets, 1);
});

Deno.test("named data: what is missing is known to be missing", async () => {
  const { read, state } = reader();
  state.object = undefined;
  assert.deepEqual([await read(), await read(), state.gets], [undefined, undefined, 1]);
});

Deno.test("named data: is read again after its interval, and a change is told once", async () => {
  const { clock, read, state } = reader({ interval: 60_000, random: 0.5 });
  await read();
  clock.advance(60_000);
  await settled();
  assert.deepEqual([state.gets, state.changes], [2, 0]);
  state.object = secret("b");
  clock.advance(60_000);
  await settled();
  assert.deepEqual([state.gets, state.changes, await read()], [3, 1, "b"]);
});

Deno.test("named data: an object that was made anew is a change, though its values are the same", async () => {
  const { data, read, state } = reader();
  await read();
  state.object = secret("a", "u2");
  await data.touch("demo", "keys");
  assert.equal(state.changes, 1);
});

Deno.test("named data: while it cannot be read, the last good values stay, and it is tried again", async () => {
  const { clock, read, state } = reader({ interval: 1000, random: 0.5 });
  await read();
  state.error = new Error("503");
  clock.advance(1000);
  await settled();
  assert.deepEqual([await read(), state.errors, state.changes], ["a", 1, 0]);
  state.error = undefined;
  state.object = secret("b");
  clock.advance(1000);
  await settled();
  assert.equal(await read(), "b");
});

Deno.test("named data: what nobody needs any more is forgotten", async () => {
  const { clock, read, state } = reader({ interval: 1000 });
  await read();
  state.used = false;
  clock.advance(2000);
  await settled();
  assert.deepEqual([state.gets, clock.pending], [1, 0]);
});

Deno.test("named data: values that are no text are given as base64", async () => {
  const { read, state } = reader();
  state.object = { ...secret(""), data: { KEY: "/w==" } };
  assert.equal(await read(), "/w==");
});

Deno.test("named data: what was read before a time is read again, and a change is told", async () => {
  const { clock, data, state } = reader({ interval: 60_000 });
  await data.read("demo", "keys");
  state.object = secret("b");
  clock.advance(5);
  const since = clock.now();
  clock.advance(5);
  assert.equal((await data.read("demo", "keys", since))?.data.KEY, "b");
  assert.equal((await data.read("demo", "keys", since))?.data.KEY, "b");
  assert.deepEqual([state.gets, state.changes], [2, 1]);
});

Deno.test("named data: under a watch it is not read again for a time", async () => {
  const { clock, data, state } = reader();
  await data.read("demo", "keys");
  await data.read("demo", "keys", clock.now() + 1);
  assert.equal(state.gets, 1);
});

Deno.test("named data: a change that comes while it is being read is not missed", async () => {
  const { data, state, read } = reader();
  const first = read();
  state.object = secret("b");
  await data.touch("demo", "keys");
  assert.deepEqual([await first, await read(), state.gets, state.changes], ["a", "b", 2, 1]);
});
