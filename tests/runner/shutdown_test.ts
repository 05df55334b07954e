import assert from "assert";
import { ManualClock } from "../unit/manual_clock.ts";
import { type EndSignal, runUntilSignal } from "../../runner/http/shutdown.ts";

/** Signals that a test sends by hand. */
function fakeSignals() {
  const listeners: Record<EndSignal, Set<() => void>> = { SIGINT: new Set(), SIGTERM: new Set() };
  return {
    addSignalListener: (signal: EndSignal, listener: () => void) => listeners[signal].add(listener),
    removeSignalListener: (signal: EndSignal, listener: () => void) =>
      listeners[signal].delete(listener),
    send: (signal: EndSignal) => listeners[signal].forEach((listener) => listener()),
    count: () => listeners.SIGINT.size + listeners.SIGTERM.size,
  };
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} drains, and the end of that is the end`, async () => {
    const signals = fakeSignals();
    const drained: string[] = [];
    const done = runUntilSignal({
      drain: (signal) => Promise.resolve(void drained.push(signal)),
      exit: () => assert.fail("exited"),
      signals,
    });
    assert.deepEqual(drained, []);
    signals.send(signal);
    await done;
    assert.deepEqual(drained, [signal]);
    assert.equal(signals.count(), 0);
  });
}

Deno.test("a later signal ends the process at once, with its own exit code; a doubled one does not", async () => {
  const signals = fakeSignals();
  const codes: number[] = [];
  const clock = new ManualClock();
  const drain = Promise.withResolvers<void>();
  const done = runUntilSignal({
    drain: () => drain.promise,
    exit: (code) => codes.push(code),
    signals,
    clock,
  });
  signals.send("SIGTERM");
  clock.advance(999);
  signals.send("SIGTERM");
  assert.deepEqual(codes, []);
  clock.advance(1);
  signals.send("SIGINT");
  signals.send("SIGTERM");
  assert.deepEqual(codes, [130, 143]);
  drain.resolve();
  await done;
});

Deno.test("a drain that fails is the caller's to know, and the listeners are gone", async () => {
  const signals = fakeSignals();
  const done = runUntilSignal({
    drain: () => Promise.reject(new Error("no")),
    exit: () => {},
    signals,
  });
  signals.send("SIGTERM");
  await assert.rejects(done, { message: "no" });
  assert.equal(signals.count(), 0);
});
