import assert from "assert";
import { STREAM_WINDOW } from "../../runner/host/sandbox_messages.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";

/** Tells whether a promise has settled, once all that can happen at once has happened. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  await new Promise<void>((resolve) => setTimeout(resolve));
  return settled;
}

function fullWindow() {
  const sent: unknown[] = [];
  const window = new StreamWindow((chunk) => sent.push(chunk));
  for (let i = 0; i < STREAM_WINDOW; i++) window.push(i);
  return { sent, window };
}

Deno.test("a window sends as many chunks as there is credit for, in order", () => {
  const { sent, window } = fullWindow();
  assert.equal(sent.length, STREAM_WINDOW);
  window.push("a");
  window.push("b");
  assert.equal(sent.length, STREAM_WINDOW);
  window.give(1);
  assert.deepEqual(sent.slice(STREAM_WINDOW), ["a"]);
  window.give(5);
  window.push("c");
  assert.deepEqual(sent.slice(STREAM_WINDOW), ["a", "b", "c"]);
});

Deno.test("a window is open while there is credit", async () => {
  const { window } = fullWindow();
  const open = window.open();
  assert.equal(await settled(open), false);
  window.push("waits");
  window.give(1);
  assert.equal(await settled(open), false, "the credit went to the chunk that waited");
  window.give(1);
  assert.equal(await settled(open), true);
});

Deno.test("a window has sent all when nothing waits", async () => {
  const { window } = fullWindow();
  assert.equal(await settled(window.sent()), true);
  window.push("a");
  window.push("b");
  const sent = window.sent();
  window.give(1);
  assert.equal(await settled(sent), false);
  window.give(1);
  assert.equal(await settled(sent), true);
});

Deno.test("a closed window sends nothing and holds nobody up", async () => {
  const { sent, window } = fullWindow();
  window.push("a");
  const waiting = [window.open(), window.sent()];
  window.close();
  await Promise.all(waiting);
  window.push("b");
  window.give(9);
  assert.equal(sent.length, STREAM_WINDOW);
});
