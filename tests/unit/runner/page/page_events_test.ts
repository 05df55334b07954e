import assert from "assert";
import { PageEvents } from "../../../../runner/page/page_events.ts";
import { ManualClock } from "../../manual_clock.ts";

function reader(body: ReadableStream<Uint8Array>) {
  return body.pipeThrough(new TextDecoderStream()).getReader();
}

Deno.test("all pages that listen are told, and kept alive while nothing happens", async () => {
  const clock = new ManualClock();
  const events = new PageEvents({ clock });
  const readers = [reader(events.listen().body), reader(events.listen().body)];
  for (const one of readers) assert.equal((await one.read()).value, ":\n\n");
  events.tell("change", { text: "two\nlines" });
  for (const one of readers) {
    assert.equal((await one.read()).value, 'event: change\ndata: {"text":"two\\nlines"}\n\n');
  }
  clock.advance(15_000);
  for (const one of readers) assert.equal((await one.read()).value, ":\n\n");
  events.close();
  for (const one of readers) assert.equal((await one.read()).done, true);
  assert.equal(clock.pending, 0);
});

Deno.test("a page that goes away leaves nothing behind", async () => {
  const clock = new ManualClock();
  const events = new PageEvents({ clock });
  const { body, ended } = events.listen();
  await body.cancel();
  await ended;
  assert.equal(clock.pending, 0);
  events.tell("change", {});
});

Deno.test("a page that takes nothing is let go, and the others are told on", async () => {
  const events = new PageEvents({ clock: new ManualClock() });
  const stalled = events.listen();
  const good = reader(events.listen().body);
  for (let index = 0; index < 300; index++) {
    events.tell("change", index);
    await good.read();
  }
  await stalled.ended;
  events.tell("change", "last");
  assert.match((await good.read()).value ?? "", /change/);
  events.close();
});

Deno.test("so many may listen and no more, and nobody once it is closed", async () => {
  const events = new PageEvents({ clock: new ManualClock() });
  const listening = Array.from({ length: 32 }, () => events.listen());
  assert.throws(() => events.listen(), { status: "UNAVAILABLE", message: /32 pages listen/ });
  await listening[0]!.body.cancel();
  const { body } = events.listen();
  events.close();
  assert.throws(() => events.listen(), { status: "UNAVAILABLE", message: /about to end/ });
  assert.equal(body.locked, false);
});
