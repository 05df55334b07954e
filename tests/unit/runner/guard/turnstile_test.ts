import assert from "assert";
import { Turnstile } from "../../../../runner/guard/turnstile.ts";

const { signal } = new AbortController();

/** Enters in the name of each, and keeps who was let in, in order. */
function visitors(turnstile: Turnstile) {
  const inside: string[] = [];
  const leave = new Map<string, () => void>();
  const enter = (name: string, by = signal) => {
    const turn = turnstile.enter(by);
    return turn?.then((end) => {
      inside.push(name);
      leave.set(name, end);
    });
  };
  return { inside, enter, leave: (name: string) => leave.get(name)!() };
}

Deno.test("Turnstile: as many as it says are inside; the others come in order", async () => {
  const turnstile = new Turnstile({ concurrency: 2, queue: 3 });
  const { inside, enter, leave } = visitors(turnstile);
  const turns = ["a", "b", "c", "d", "e"].map((name) => enter(name));
  await Promise.all(turns.slice(0, 2));
  assert.deepEqual(inside, ["a", "b"]);
  assert.deepEqual(turnstile.load, { inside: 2, waiting: 3 });
  leave("b");
  await turns[2];
  leave("a");
  await turns[3];
  leave("c");
  await turns[4];
  assert.deepEqual(inside, ["a", "b", "c", "d", "e"]);
  assert.deepEqual(turnstile.load, { inside: 2, waiting: 0 });
  leave("d");
  leave("e");
  assert.deepEqual(turnstile.load, { inside: 0, waiting: 0 });
});

Deno.test("Turnstile: nobody waits where the line is full, or there is none", async () => {
  const full = new Turnstile({ concurrency: 1, queue: 1 });
  const { enter, leave } = visitors(full);
  await enter("a");
  const next = enter("b");
  assert.equal(enter("c"), undefined);
  assert.deepEqual(full.load, { inside: 1, waiting: 1 });
  leave("a");
  await next;
  assert.notEqual(enter("d"), undefined, "there is room in the line again");

  const none = visitors(new Turnstile({ concurrency: 1, queue: 0 }));
  await none.enter("a");
  assert.equal(none.enter("b"), undefined);
  none.leave("a");
  await none.enter("c");
});

Deno.test("Turnstile: who goes while waiting gives the place in the line back", async () => {
  const turnstile = new Turnstile({ concurrency: 1, queue: 2 });
  const { inside, enter, leave } = visitors(turnstile);
  await enter("a");
  const gone = new AbortController();
  const left = enter("b", gone.signal)!;
  const next = enter("c")!;
  const reason = new Error("gone");
  gone.abort(reason);
  await assert.rejects(left, reason);
  assert.deepEqual(turnstile.load, { inside: 1, waiting: 1 });
  leave("a");
  await next;
  assert.deepEqual(inside, ["a", "c"]);
});

Deno.test("Turnstile: who is gone already does not wait", async () => {
  const turnstile = new Turnstile({ concurrency: 1, queue: 1 });
  const { enter } = visitors(turnstile);
  await enter("a");
  const reason = new Error("gone");
  await assert.rejects(enter("b", AbortSignal.abort(reason))!, reason);
  assert.deepEqual(turnstile.load, { inside: 1, waiting: 0 });
});

Deno.test("Turnstile: going once inside changes nothing; leaving twice counts once", async () => {
  const turnstile = new Turnstile({ concurrency: 1, queue: 2 });
  const { inside, enter, leave } = visitors(turnstile);
  const gone = new AbortController();
  await enter("a");
  const second = enter("b", gone.signal)!;
  const third = enter("c")!;
  leave("a");
  await second;
  gone.abort();
  leave("a");
  leave("a");
  assert.deepEqual(turnstile.load, { inside: 1, waiting: 1 });
  assert.deepEqual(inside, ["a", "b"]);
  leave("b");
  await third;
  leave("c");
  leave("c");
  assert.deepEqual(turnstile.load, { inside: 0, waiting: 0 });
});

Deno.test("Turnstile: 10,000 that come and go leave it as it was", async () => {
  const turnstile = new Turnstile({ concurrency: 7, queue: 10_000 });
  let most = 0;
  await Promise.all(Array.from({ length: 10_000 }, async (_, index) => {
    const gone = new AbortController();
    const turn = turnstile.enter(gone.signal)!;
    if (index % 3 === 0) gone.abort();
    const leave = await turn.catch(() => undefined);
    most = Math.max(most, turnstile.load.inside);
    await Promise.resolve();
    leave?.();
  }));
  assert.equal(most, 7);
  assert.deepEqual(turnstile.load, { inside: 0, waiting: 0 });
});
