import assert from "assert";
import { cacheKey } from "../../../../runner/cache/cache_key.ts";
import { CACHE, type CacheLimits, ResponseCache } from "../../../../runner/cache/response_cache.ts";
import { ManualClock } from "../../manual_clock.ts";

function setUp(limits: Partial<CacheLimits> = {}) {
  const clock = new ManualClock();
  return { clock, cache: new ResponseCache({ ttlSeconds: 10, ...limits }, clock) };
}

const answer = (text: string) => ({ result: { text } });

Deno.test("an answer is given until its time is up, with its age in whole seconds", () => {
  const { cache, clock } = setUp();
  cache.set("a", answer("one"));
  clock.advance(9_999);
  assert.deepEqual(cache.get("a"), { ...answer("one"), ageSeconds: 9 });
  clock.advance(1);
  assert.equal(cache.get("a"), undefined);
  assert.deepEqual(cache.size, { entries: 0, bytes: 0 });
});

Deno.test("an answer that is kept again is young again, and counted once", () => {
  const { cache, clock } = setUp();
  cache.set("a", answer("one"));
  const { bytes } = cache.size;
  clock.advance(9_000);
  cache.set("a", answer("two"));
  clock.advance(9_000);
  assert.deepEqual(cache.get("a"), { ...answer("two"), ageSeconds: 9 });
  assert.deepEqual(cache.size, { entries: 1, bytes });
});

Deno.test("beyond the most entries, what was asked for longest ago goes", () => {
  const { cache } = setUp({ maxEntries: 2 });
  cache.set("a", answer("1"));
  cache.set("b", answer("2"));
  cache.get("a");
  cache.set("c", answer("3"));
  assert.deepEqual(["a", "b", "c"].map((key) => cache.get(key)?.result.text), [
    "1",
    undefined,
    "3",
  ]);
});

Deno.test("beyond the most bytes, as many go as need be; one that is too large is not kept", () => {
  const { cache } = setUp({ maxBytes: 1_000 });
  for (const key of "abc") assert.ok(cache.set(key, answer("x".repeat(300))));
  assert.ok(cache.set("d", answer("ü".repeat(300))));
  assert.deepEqual([..."abcd"].filter((key) => cache.get(key)), ["c", "d"]);
  assert.ok(cache.size.bytes <= 1_000);
  assert.equal(cache.set("c", answer("x".repeat(1_000))), false);
  assert.deepEqual([..."abcd"].filter((key) => cache.get(key)), ["d"]);
  for (const key of "d") cache.set(key, answer(""));
  assert.equal(cache.size.bytes, '{"result":{"text":""}}'.length + 1);
});

Deno.test("a flow that names only a time gets 1,000 entries and 16 MiB", () => {
  const { cache } = setUp();
  for (let i = 0; i <= CACHE.maxEntries; i++) cache.set(`${i}`, answer(""));
  assert.equal(cache.size.entries, 1_000);
  assert.equal(cache.set("big", answer("x".repeat(CACHE.maxBytes))), false);
});

Deno.test("keys differ in prompt, input and caller, and not in the order of fields", () => {
  const key = cacheKey({ prompt: "p", input: { a: 1, b: { c: 2, d: [1, 2] } } });
  assert.match(key, /^[0-9a-f]{64}$/);
  assert.equal(cacheKey({ prompt: "p", input: { b: { d: [1, 2], c: 2 }, a: 1 } }), key);
  const others = [
    { prompt: "q", input: { a: 1, b: { c: 2, d: [1, 2] } } },
    { prompt: "p", input: { a: 1, b: { c: 2, d: [2, 1] } } },
    { prompt: "p", input: { a: "1", b: { c: 2, d: [1, 2] } } },
    { prompt: "p", input: { a: 1, b: { c: 2, d: [1, 2] } }, auth: {} },
    { prompt: "p", input: { a: 1, b: { c: 2, d: [1, 2] } }, auth: { sub: "ann" } },
  ].map(cacheKey);
  assert.equal(new Set([key, ...others]).size, 6);
  // What a call may come to say later is a part of the key until somebody decides otherwise.
  const more = { prompt: "p", input: {}, resumption: { token: "t", decisions: [] } };
  assert.notEqual(cacheKey(more), cacheKey({ prompt: "p", input: {} }));
});

Deno.test("how a call came here and is observed makes no other key", () => {
  const call = { prompt: "p", input: {} };
  const observed = { chain: ["f"], trace: { traceparent: "t" }, traced: true, recordContent: true };
  const hooks = { onStep: () => {}, onChunk: () => {}, callFlow: () => Promise.resolve() };
  assert.equal(cacheKey({ ...call, ...observed, ...hooks }), cacheKey(call));
  assert.notEqual(cacheKey({ ...call, depth: 1 }), cacheKey(call), "its callers cannot be asked");
});
