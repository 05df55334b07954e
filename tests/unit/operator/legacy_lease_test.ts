import assert from "assert";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject, ObjectName } from "../../../operator/kubernetes/object.ts";
import { LegacyLease } from "../../../operator/legacy_lease.ts";
import { ManualClock } from "../manual_clock.ts";

const WALL = Date.UTC(2026, 0, 2);

/** A lease as genkit-operator writes it, last renewed so many milliseconds ago. */
function lease(resourceVersion: string, spec: Record<string, unknown> = {}, age = 0) {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "e32735a5.genkit.dev", resourceVersion },
    spec: {
      holderIdentity: "old",
      leaseDurationSeconds: 15,
      renewTime: new Date(WALL - age).toISOString(),
      ...spec,
    },
  };
}

/** Looks at what `found` is at that time; an error is what the API server answers. */
function looking() {
  const state: { found: KubernetesObject | undefined | ApiError } = { found: undefined };
  const asked: ObjectName[] = [];
  const errors: unknown[] = [];
  const clock = new ManualClock();
  const legacy = new LegacyLease({
    client: {
      get: (_, name) => {
        asked.push(name);
        const { found } = state;
        return found instanceof ApiError ? Promise.reject(found) : Promise.resolve(found);
      },
    },
    namespace: "genkit-operator-system",
    clock,
    wall: () => WALL + clock.now(),
    onError: (error) => errors.push(error),
  });
  return { legacy, state, clock, asked, errors };
}

const failure = (status: number) => new ApiError(`${status}`, { status });

Deno.test("until it was read, somebody may lead", () => {
  assert.equal(looking().legacy.live, "not known yet");
});

for (
  const [what, found] of [
    ["no lease", undefined],
    ["a lease that was given back", lease("1", { holderIdentity: "" })],
    ["a lease of nobody", lease("1", { holderIdentity: undefined })],
    ["a lease that nobody has renewed for long", lease("1", {}, 15_000 + 300_001)],
    ["a lease of a far future, of a clock that was wrong", lease("1", {}, -400_000)],
  ] as const
) {
  Deno.test(`${what}: nobody leads, at first sight`, async () => {
    const { legacy, state, asked } = looking();
    state.found = found;
    assert.equal(await legacy.look(), undefined);
    assert.equal(legacy.live, undefined);
    assert.deepEqual(asked, [{ namespace: "genkit-operator-system", name: "e32735a5.genkit.dev" }]);
  });
}

for (
  const [what, found] of [
    ["renewed just now", lease("1")],
    ["that may be renewed by a machine whose clock differs", lease("1", {}, 15_000 + 300_000)],
    ["of a clock that is ahead", lease("1", {}, -300_000)],
    ["of no time", lease("1", { renewTime: undefined })],
    ["of no duration", lease("1", { leaseDurationSeconds: undefined })],
  ] as const
) {
  Deno.test(`a lease ${what} is live, until it has not changed for its duration`, async () => {
    const { legacy, state, clock } = looking();
    state.found = found;
    assert.equal(await legacy.look(), "old");
    clock.advance(15_000);
    assert.equal(await legacy.look(), "old");
    clock.advance(1);
    assert.equal(await legacy.look(), undefined);
    assert.equal(legacy.live, undefined);
  });
}

Deno.test("a lease is live for as long as it says itself", async () => {
  const { legacy, state, clock } = looking();
  state.found = lease("1", { leaseDurationSeconds: 60 });
  await legacy.look();
  clock.advance(60_000);
  assert.equal(await legacy.look(), "old");
  clock.advance(1);
  assert.equal(await legacy.look(), undefined);
});

Deno.test("each change is a sign of life, whatever its own time says", async () => {
  const { legacy, state, clock } = looking();
  state.found = lease("1", {}, 3_600_000);
  assert.equal(await legacy.look(), undefined);
  for (const version of ["2", "3"]) {
    clock.advance(14_000);
    state.found = lease(version, {}, 3_600_000);
    assert.equal(await legacy.look(), "old");
  }
});

Deno.test("one that is started again leads again, under its new name", async () => {
  const { legacy, state } = looking();
  assert.equal(await legacy.look(), undefined);
  state.found = lease("2", { holderIdentity: "new" });
  assert.equal(await legacy.look(), "new");
  state.found = lease("3", { holderIdentity: "" });
  assert.equal(await legacy.look(), undefined);
});

Deno.test("what cannot be read stays as it was, and is told once in a row", async () => {
  const { legacy, state, errors } = looking();
  state.found = failure(500);
  assert.equal(await legacy.look(), "not known yet");
  assert.equal(await legacy.look(), "not known yet");
  assert.equal(errors.length, 1);
  state.found = lease("1");
  assert.equal(await legacy.look(), "old");
  state.found = failure(0);
  assert.equal(await legacy.look(), "old");
  assert.equal(errors.length, 2);
  state.found = undefined;
  assert.equal(await legacy.look(), undefined);
});

Deno.test("where the lease may not be read, nobody leads, with one warning", async () => {
  const { legacy, state, errors } = looking();
  state.found = failure(403);
  assert.equal(await legacy.look(), undefined);
  assert.equal(await legacy.look(), undefined);
  assert.equal(errors.length, 1);
});

Deno.test("it looks every five seconds and tells of each look, until the signal", async () => {
  const { legacy, state, clock, asked } = looking();
  const stop = new AbortController();
  const looks: (string | undefined)[] = [];
  let looked = Promise.withResolvers<void>();
  const watching = legacy.watch(stop.signal, (live) => {
    looks.push(live);
    looked.resolve();
  });
  await looked.promise;
  assert.deepEqual(looks, [undefined]);
  looked = Promise.withResolvers();
  state.found = lease("1");
  while (clock.pending === 0) await Promise.resolve();
  clock.advance(4_999);
  assert.equal(asked.length, 1);
  clock.advance(1);
  await looked.promise;
  assert.deepEqual(looks, [undefined, "old"]);
  stop.abort();
  await watching;
  assert.deepEqual([asked.length, clock.pending], [2, 0]);
});
