import assert from "assert";
import { RolloutQueue } from "../../../../operator/controllers/rollout_queue.ts";

function queue(max: number) {
  const woken: string[] = [];
  const rollouts = new RolloutQueue({ max, onTurn: (server) => woken.push(server) });
  const ask = (server: string, causes: string[] = [], first = false) =>
    rollouts.request(server, causes, first).turn;
  return { rollouts, woken, ask };
}

Deno.test("rollout queue: as many as allowed at once, the others are told when it is their turn", () => {
  const { rollouts, woken, ask } = queue(2);
  assert.deepEqual(["a", "b", "c", "d"].map((server) => ask(server)), ["go", "go", "wait", "wait"]);
  rollouts.finished("b", true);
  assert.deepEqual(woken, ["c"]);
  assert.deepEqual([ask("d"), ask("c"), ask("d")], ["wait", "go", "wait"]);
});

Deno.test("rollout queue: who is at it may go on", () => {
  const { ask } = queue(1);
  assert.deepEqual([ask("a"), ask("b"), ask("a")], ["go", "wait", "go"]);
});

Deno.test("rollout queue: those that serve nothing go before others", () => {
  const { rollouts, woken, ask } = queue(1);
  ask("a");
  ask("b");
  ask("c", [], true);
  rollouts.finished("a", true);
  assert.deepEqual(woken, ["c"]);
  assert.deepEqual([ask("b"), ask("c", [], true)], ["wait", "go"]);
});

Deno.test("rollout queue: a rollout that others started counts", () => {
  const { rollouts, ask } = queue(1);
  rollouts.underWay("a");
  assert.equal(ask("b"), "wait");
});

Deno.test("rollout queue: a server that is gone gives its place to the next", () => {
  const { rollouts, woken, ask } = queue(1);
  ask("a");
  ask("b");
  rollouts.forget("a");
  assert.deepEqual([woken, ask("b")], [["b"], "go"]);
});

Deno.test("rollout queue: a change that made three fail in a row is held back; another is not", () => {
  const { rollouts, ask } = queue(10);
  const bad = ["Model/ns/m@1"];
  for (const server of ["a", "b", "c"]) ask(server, bad);
  for (const server of ["a", "b"]) rollouts.finished(server, false);
  assert.equal(ask("d", bad), "go");
  rollouts.finished("c", false);
  assert.deepEqual(rollouts.request("e", bad, false), { turn: "halt", cause: bad[0] });
  assert.equal(ask("e", ["Model/ns/m@2"]), "go");
});

Deno.test("rollout queue: those that wait are told when their change is held back", () => {
  const { rollouts, woken, ask } = queue(3);
  const bad = ["Model/ns/m@1"];
  for (const server of ["a", "b", "c", "d", "e"]) ask(server, bad);
  for (const server of ["a", "b"]) rollouts.finished(server, false);
  woken.length = 0;
  rollouts.finished("c", false);
  assert.deepEqual(woken, ["d", "e"]);
});

Deno.test("rollout queue: a success in between starts the count anew", () => {
  const { rollouts, ask } = queue(10);
  const cause = ["Model/ns/m@1"];
  for (const server of ["a", "b", "c", "d"]) ask(server, cause);
  for (const [server, ok] of [["a", false], ["b", false], ["c", true], ["d", false]] as const) {
    rollouts.finished(server, ok);
  }
  assert.equal(ask("e", cause), "go");
});

Deno.test("rollout queue: 0 is no limit", () => {
  const { ask } = queue(0);
  assert.equal(Array.from({ length: 100 }, (_, i) => ask(`s${i}`)).every((t) => t === "go"), true);
});
