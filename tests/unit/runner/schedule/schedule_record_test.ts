import assert from "assert";
import {
  claim,
  decodeRecord,
  encodeRecord,
  newRecord,
  settle,
  skip,
} from "../../../../runner/schedule/schedule_record.ts";

const run = (id: string, due: number) => ({ id, due, started: due + 1, node: id });

Deno.test("a time is taken once, to run or to be skipped, and none before it after that", () => {
  const record = claim(newRecord("t", 0), run("a", 100))!;
  assert.deepEqual([record.lastDue, record.runs, record.running?.node], [100, 1, "a"]);
  for (const due of [100, 99]) {
    assert.equal(claim(record, run("b", due)), undefined);
    assert.equal(skip(record, due), undefined);
  }
  assert.equal(claim(record, run("a", 100)), record, "who has it may ask again");
  const skipped = skip(record, 200)!;
  assert.deepEqual([skipped.lastDue, skipped.skipped, skipped.runs], [200, 1, 1]);
});

Deno.test("a run ends once, and no other one by it", () => {
  const record = claim(newRecord("t", 0), run("a", 100))!;
  assert.equal(settle(record, "b", { ended: 150, outcome: "success" }), undefined);
  const ended = settle(record, "a", {
    ended: 150,
    outcome: "failure",
    failed: { status: "UNAVAILABLE" },
  })!;
  assert.deepEqual([ended.running, ended.failures], [undefined, 1]);
  assert.deepEqual(ended.last, {
    due: 100,
    started: 101,
    ended: 150,
    node: "a",
    outcome: "failure",
    error: "UNAVAILABLE",
  });
  assert.equal(settle(ended, "a", { ended: 160, outcome: "success" }), undefined);
});

Deno.test("a record is read as it was written; what is none is undefined", () => {
  const record = claim(newRecord("t", 0), run("a", 100))!;
  assert.deepEqual(decodeRecord(encodeRecord(record)), record);
  for (const text of ["", "{", "[]", '{"times":1}']) {
    assert.equal(decodeRecord(new TextEncoder().encode(text)), undefined);
  }
});
