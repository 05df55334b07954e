import assert from "assert";
import { ApiError, NOT_SENT } from "../../../../operator/kubernetes/api_error.ts";
import { type RetryOptions, withRetries } from "../../../../operator/kubernetes/with_retries.ts";
import { ManualClock } from "../../manual_clock.ts";
import { InstantClock } from "./instant_clock.ts";

/** Fails with each error in turn, then gives "done"; tells how often it was called. */
function failing(...errors: unknown[]) {
  const state = { calls: 0 };
  const request = () => {
    const error = errors[state.calls++];
    return error === undefined ? Promise.resolve("done") : Promise.reject(error);
  };
  return { state, request };
}

function options(more: Partial<RetryOptions> = {}): RetryOptions & { clock: InstantClock } {
  const clock = new InstantClock();
  return { tries: 5, repeatable: true, random: () => 0.5, ...more, clock };
}

const error = (status: number, retryAfter?: number, reason?: string) =>
  new ApiError(`${status}`, { status, reason, retryAfter });

for (const status of [0, 408, 429, 500, 502, 503, 504]) {
  Deno.test(`a request that failed with ${status} is sent again`, async () => {
    const { state, request } = failing(error(status));
    assert.equal(await withRetries(request, options()), "done");
    assert.equal(state.calls, 2);
  });
}

for (const status of [400, 401, 403, 404, 409, 410, 422]) {
  Deno.test(`a request that failed with ${status} is not: nothing would change`, async () => {
    const failure = error(status);
    const { state, request } = failing(failure);
    assert.equal(await withRetries(request, options()).catch((error) => error), failure);
    assert.equal(state.calls, 1);
  });
}

Deno.test("anything but an error of the API ends it at once", async () => {
  const refusal = new Error("the lease is lost");
  const { state, request } = failing(refusal);
  assert.equal(await withRetries(request, options()).catch((error) => error), refusal);
  assert.equal(state.calls, 1);
});

Deno.test("it gives up after its tries, with the last error", async () => {
  const last = error(503);
  const { state, request } = failing(error(500), error(500), error(500), error(500), last);
  assert.equal(await withRetries(request, options()).catch((error) => error), last);
  assert.equal(state.calls, 5);
});

Deno.test("waits double from 200 ms to 5 s, and all of each is chance", async () => {
  const errors = Array.from({ length: 7 }, () => error(503));
  const most = options({ tries: 8, random: () => 1 });
  await withRetries(failing(...errors).request, most);
  assert.deepEqual(most.clock.waits, [200, 400, 800, 1600, 3200, 5000, 5000]);
  const least = options({ tries: 8, random: () => 0 });
  await withRetries(failing(...errors).request, least);
  assert.deepEqual(least.clock.waits, [0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("Retry-After is waited for, and chance comes on top; 30 s at most", async () => {
  const given = options();
  await withRetries(failing(error(429, 3_000), error(429, 3_600_000)).request, given);
  assert.deepEqual(given.clock.waits, [3_100, 30_200]);
});

Deno.test("what must not be done twice is sent again only if it was certainly not done", async () => {
  for (const turnedAway of [error(429), error(0, undefined, NOT_SENT)]) {
    const { state, request } = failing(turnedAway);
    assert.equal(await withRetries(request, options({ repeatable: false })), "done");
    assert.equal(state.calls, 2);
  }
  for (const unknown of [error(0), error(500), error(503)]) {
    const { state, request } = failing(unknown);
    const given = options({ repeatable: false });
    assert.equal(await withRetries(request, given).catch((error) => error), unknown);
    assert.equal(state.calls, 1);
  }
});

Deno.test("the signal ends a wait, with its reason", async () => {
  const clock = new ManualClock();
  const stop = new AbortController();
  const { state, request } = failing(error(503));
  const ended = withRetries(request, { ...options(), clock, signal: stop.signal });
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  assert.equal(clock.pending, 1, "it waits");
  const reason = new Error("enough");
  stop.abort(reason);
  assert.equal(await ended.catch((error) => error), reason);
  assert.equal(state.calls, 1);
  assert.equal(clock.pending, 0);
});
