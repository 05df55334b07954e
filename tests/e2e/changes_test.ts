import assert from "assert";
import { Changes } from "./changes.ts";

const options = { patience: 60_000, complaint: () => "never" };

Deno.test("Changes: looks at once, and again after each change, also one during a look", async () => {
  const changes = new Changes();
  assert.equal(await changes.until(() => "there", options), "there");
  let looks = 0;
  const waiting = changes.until(async () => {
    looks++;
    if (looks === 1) changes.tell();
    await Promise.resolve();
    return looks === 3 && "third";
  }, options);
  while (looks < 2) await new Promise((resolve) => setTimeout(resolve));
  changes.tell();
  assert.equal(await waiting, "third");
});

Deno.test("Changes: who is late is told so, and others wait on", async () => {
  const changes = new Changes();
  let there = false;
  const patient = changes.until(() => there, options);
  const complaint = () => "it did not come";
  await assert.rejects(changes.until(() => false, { patience: 1, complaint }), /it did not come/);
  there = true;
  changes.tell();
  assert.equal(await patient, true);
});
