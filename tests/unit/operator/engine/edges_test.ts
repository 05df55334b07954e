import assert from "assert";
import { Edges } from "../../../../operator/engine/edges.ts";

Deno.test("edges: a read is known while its reader works", () => {
  const edges = new Edges();
  edges.begin("flow").read("prompt");
  assert.deepEqual([...edges.readersOf("prompt")], ["flow"]);
});

Deno.test("edges: what the next run does not read again is forgotten at its end", () => {
  const edges = new Edges();
  const first = edges.begin("flow");
  first.read("old");
  first.read("both");
  first.end();
  const second = edges.begin("flow");
  second.read("both");
  assert.equal(edges.has("old"), true);
  second.end();
  assert.deepEqual([edges.has("old"), edges.has("both")], [false, true]);
});

Deno.test("edges: a reader that is gone is woken no more", () => {
  const edges = new Edges();
  for (const reader of ["a", "b"]) {
    const run = edges.begin(reader);
    run.read("model");
    run.end();
  }
  edges.forget("a");
  assert.deepEqual([...edges.readersOf("model")], ["b"]);
});
