import assert from "assert";
import { Circuit, FAILURES, type Passage } from "../../../runner/sandbox/circuit.ts";
import { ManualClock } from "../manual_clock.ts";

const SECOND = 1000;

/** A circuit whose time stands still, without jitter. */
function circuitOf(random = () => 1) {
  const clock = new ManualClock();
  const circuit = new Circuit({ clock, random });
  const enter = (): Passage => {
    const passage = circuit.enter();
    assert.ok(!("wait" in passage), "it lets a try through");
    return passage;
  };
  const refuses = () => {
    const refused = circuit.enter();
    assert.ok("wait" in refused, "it lets nothing through");
    return refused.wait;
  };
  const open = () => {
    for (let i = 0; i < FAILURES; i++) enter().failed();
  };
  return { clock, circuit, enter, refuses, open };
}

Deno.test("a circuit opens after five failures in a row", () => {
  const { circuit, enter, refuses } = circuitOf();
  for (let i = 0; i < FAILURES - 1; i++) enter().failed();
  enter().answered();
  for (let i = 0; i < FAILURES - 1; i++) enter().failed();
  enter().ended();
  assert.equal(circuit.state, "closed");
  enter().failed();
  assert.equal(circuit.state, "open");
  assert.equal(refuses(), 10 * SECOND);
});

Deno.test("a circuit lets one probe through once its time is over", async (t) => {
  const opened = () => {
    const all = circuitOf();
    all.open();
    all.clock.advance(10 * SECOND - 1);
    assert.equal(all.refuses(), 1);
    all.clock.advance(1);
    assert.equal(all.circuit.state, "half_open");
    return { ...all, probe: all.enter() };
  };
  await t.step("and nothing beside it", () => {
    assert.equal(opened().refuses(), SECOND);
  });
  await t.step("which closes it when it is answered", () => {
    const { probe, circuit, enter } = opened();
    probe.answered();
    assert.equal(circuit.state, "closed");
    enter().failed();
    assert.equal(circuit.state, "closed", "the failures before are forgotten");
  });
  await t.step("which opens it for longer when it fails, up to a minute", () => {
    const { probe, clock, enter, refuses } = opened();
    probe.failed();
    const lengths = [refuses()];
    for (let i = 0; i < 3; i++) {
      clock.advance(lengths.at(-1)!);
      enter().failed();
      lengths.push(refuses());
    }
    assert.deepEqual(lengths, [20, 40, 60, 60].map((seconds) => seconds * SECOND));
  });
  await t.step("and the next one where its caller went away", () => {
    const { probe, circuit, enter } = opened();
    probe.ended();
    assert.equal(circuit.state, "half_open");
    enter().answered();
    assert.equal(circuit.state, "closed");
  });
});

Deno.test("what began before a circuit opened says nothing about now", () => {
  const { circuit, enter, open, clock, refuses } = circuitOf();
  const [early, late] = [enter(), enter()];
  open();
  early.answered();
  assert.equal(circuit.state, "open");
  clock.advance(10 * SECOND);
  late.failed();
  assert.equal(circuit.state, "half_open");
  enter().failed();
  assert.equal(refuses(), 20 * SECOND);
});

Deno.test("a circuit's time is shorter by up to a fifth, so that not all come back at once", () => {
  const { open, refuses } = circuitOf(() => 0);
  open();
  assert.equal(refuses(), 8 * SECOND);
});
