import assert from "assert";
import { createLog, type LogFields, type LogOptions } from "../../shared/log.ts";

/** A log whose lines are kept, at a time that stands still. */
function logOf(options: LogOptions = {}) {
  const lines: string[] = [];
  const now = () => Date.UTC(2026, 0, 2, 3, 4, 5, 6);
  return { lines, log: createLog({ now, write: (line) => lines.push(line), ...options }) };
}

Deno.test("log: a line is one JSON document with time, level, message and fields", () => {
  const { lines, log } = logOf();
  log.info("Listening", { port: 8080, flow: "greeter" });
  assert.deepEqual(lines, [
    '{"time":"2026-01-02T03:04:05.006Z","level":"info","message":"Listening","port":8080,"flow":"greeter"}',
  ]);
});

Deno.test("log: the text format is for a person's terminal", () => {
  const { lines, log } = logOf({ format: "text" });
  log.warn("Slow", { flow: "greeter", reason: "two words", ms: 12, empty: "", list: ["a"] });
  assert.deepEqual(lines, [
    '03:04:05 WARN  Slow flow=greeter reason="two words" ms=12 empty="" list=["a"]',
  ]);
});

for (
  const [level, written] of [
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
  ] as const
) {
  Deno.test(`log: at level ${level}, ${written.join(", ")} is written`, () => {
    const { lines, log } = logOf({ level });
    for (const at of ["debug", "info", "warn", "error"] as const) log[at]("x");
    assert.deepEqual(lines.map((line) => JSON.parse(line).level), written);
  });
}

Deno.test("log: with adds fields to all lines, nested as well, and leaves the first log as it was", () => {
  const { lines, log } = logOf({ fields: { app: "runner" } });
  const inner = log.with({ flow: "a", try: 1 }).with({ try: 2 });
  inner.error("Failed", { code: 503 });
  log.info("Fine");
  const [first, second] = lines.map((line) => JSON.parse(line));
  assert.deepEqual(
    [first.app, first.flow, first.try, first.code, second.flow],
    ["runner", "a", 2, 503, undefined],
  );
});

for (const format of ["json", "text"] as const) {
  Deno.test(`log: a line break in a message does not make a second line of ${format}`, () => {
    const { lines, log } = logOf({ format });
    log.info("first\r\nsecond\u001b[2J", { note: "third\nfourth" });
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(lines.join(), /[\x00-\x1f]/);
    assert.match(lines[0]!, /first.*second.*third\\nfourth/);
  });

  Deno.test(`log: no field can stand for the ${format} line's time, level or message`, () => {
    const { lines, log } = logOf({ format });
    log.info("real", { message: "false", level: "error", time: "never" });
    assert.match(lines[0]!, /real/);
    if (format === "json") {
      const { time, level, message } = JSON.parse(lines[0]!);
      assert.deepEqual([time, level, message], ["2026-01-02T03:04:05.006Z", "info", "real"]);
    }
  });

  const circle: LogFields = {};
  circle.self = circle;
  for (
    const [what, fields, shown] of [
      ["an error", { error: new TypeError("no net") }, /TypeError: no net/],
      ["a bigint", { big: 12n }, /12/],
      ["a circle", { circle, after: 1 }, /circle/],
      ["undefined", { none: undefined, after: 1 }, /after/],
    ] as const
  ) {
    Deno.test(`log: ${what} among the fields of a ${format} line does not throw`, () => {
      const { lines, log } = logOf({ format });
      log.info("x", fields);
      assert.match(lines[0]!, shown);
    });
  }
}
