import assert from "assert";
import { readJsonBody } from "../../runner/http/json_body.ts";
import { ManualClock } from "../unit/manual_clock.ts";

const limits = { bodyBytes: 1000, bodyTimeout: 50, requestTimeout: 100 };

function request(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  const request = new Request("http://x/", { method: "POST", body });
  request.headers.delete("content-type");
  for (const [name, value] of Object.entries(headers)) request.headers.set(name, value);
  return request;
}

const read = (body: BodyInit | null, headers?: Record<string, string>) =>
  readJsonBody(request(body, headers), { limits, clock: new ManualClock() });

function refusal(http: number, message: string) {
  return { name: "FlowError", http, message };
}

Deno.test("JSON is read whatever of the usual types it claims to be", async () => {
  const types = [
    "application/json",
    "Application/JSON; charset=utf-8",
    "text/plain;charset=UTF-8",
    "application/x-www-form-urlencoded",
    "",
  ];
  for (const type of types) {
    assert.deepEqual(await read('{"a": "ü"}', { "content-type": type }), { a: "ü" });
  }
  assert.deepEqual(await read('{"a": 1}'), { a: 1 });
  assert.deepEqual(await read('\ufeff{"a": 1}'), { a: 1 });
});

Deno.test("an empty body is undefined", async () => {
  for (const body of [null, "", " \n"]) assert.equal(await read(body), undefined);
});

Deno.test("other types and encodings are 415", async () => {
  await assert.rejects(
    read("{}", { "content-type": "text/html; charset=utf-8" }),
    refusal(
      415,
      'Cannot read the body: content-type "text/html" is not supported, ' +
        "it should be application/json",
    ),
  );
  await assert.rejects(
    read("{}", { "content-encoding": "gzip" }),
    refusal(
      415,
      'Cannot read the body: content-encoding "gzip" is not supported, it should be identity',
    ),
  );
  assert.deepEqual(await read("{}", { "content-encoding": "identity" }), {});
});

Deno.test("invalid JSON says where it breaks and what should be there, never what is there", async () => {
  const cases: [string, string][] = [
    ["name=Ann", "line 1, column 1: expected a value"],
    ['{"a": secret}', "line 1, column 7: expected a value"],
    ["{'a': 1}", "line 1, column 2: expected a key in double quotes"],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: expected "," or "}"'],
    ['{"a" 1}', 'line 1, column 6: expected ":"'],
    ['{"a": 1,}', "line 1, column 9: expected a key in double quotes"],
    ["[1, ]", "line 1, column 5: expected a value"],
    ["[1", 'line 1, column 3: expected "," or "]"'],
    ["01", "line 1, column 2: expected the end"],
    ["{} {}", "line 1, column 4: expected the end"],
    ['{"a": "x', 'line 1, column 9: expected the closing "'],
    ['{"a": "\\x"}', "line 1, column 8: expected a known escape"],
    ['{"a": "\t"}', "line 1, column 8: expected an escape of the control character"],
  ];
  for (const [body, where] of cases) {
    await assert.rejects(read(body), refusal(400, `invalid JSON body: ${where}`), body);
  }
});

Deno.test("a body that is not UTF-8 is 400", async () => {
  const body = new Uint8Array([0x22, 0xff, 0x22]);
  await assert.rejects(read(body), refusal(400, "invalid JSON body: it is not UTF-8"));
});

Deno.test("100 levels of nesting are read, 101 are 400", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.ok(Array.isArray(await read(nested(100))));
  await assert.rejects(
    read(nested(101)),
    refusal(400, "invalid JSON body: line 1, column 101: expected at most 100 levels"),
  );
});

Deno.test("what could be read in two ways is 400", async () => {
  const cases: [string, string][] = [
    ['{"__proto__": {"x": 1}}', 'line 1, column 2: expected a key other than "__proto__"'],
    ['[{"\\u005f_proto__": 1}]', 'line 1, column 3: expected a key other than "__proto__"'],
    ['{"a": 1, "a": 1}', "line 1, column 10: expected a key that the object does not have yet"],
    ['[{"b":{"a":1},\n"\\u0062":2}]', "line 2, column 1: expected a key that the object does"],
    ['{"a": 1e999}', "line 1, column 7: expected a number that is not too large"],
    ["[-1e400]", "line 1, column 2: expected a number that is not too large"],
    ['{"a": "\\ud800"}', "line 1, column 7: expected a text without half a character"],
    ['{"\\udc00": 1}', "line 1, column 2: expected a text without half a character"],
  ];
  for (const [body, where] of cases) {
    await assert.rejects(read(body), { http: 400, message: new RegExp(where) }, body);
  }
});

Deno.test("what only looks like it is read", async () => {
  const bodies = [
    '{"a": {"a": [{"a": 1}, {"a": 2}]}, "b": "a"}',
    '{"a\\\\": "\\\\", "b\\"": "\\":", "c" : ":", "d": ["x:", ":"]}',
    '{"a": ":\\"a\\":", "": "", "constructor": 1, "proto": "__proto__"}',
    '{"0": 1, "-0": 0, "a": 1e308, "b": 1e-999, "c": "\\ud83d\\ude00😀"}',
    '"a:"',
    '[":", "", 1]',
  ];
  for (const body of bodies) assert.deepEqual(await read(body), JSON.parse(body), body);
});

Deno.test("a body is 413 as soon as it is too long", async () => {
  const tooLong = refusal(413, "Cannot read the body: it is longer than 1000 bytes");
  const long = JSON.stringify("x".repeat(999));
  assert.equal((await read(long.replace("xx", "")) as string).length, 997);
  await assert.rejects(read(long), tooLong);

  const unread = new ReadableStream({
    pull: () => assert.fail("the body was read"),
  }, { highWaterMark: 0 });
  await assert.rejects(read(unread, { "content-length": "1001" }), tooLong);

  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(100)),
    cancel: () => void (cancelled = true),
  });
  await assert.rejects(read(endless), tooLong);
  assert.ok(cancelled);
});

Deno.test("a body that does not arrive in its time is 408", async () => {
  const clock = new ManualClock();
  const stalled = readJsonBody(request(new ReadableStream()), { limits, clock });
  clock.advance(50);
  await assert.rejects(
    stalled,
    refusal(408, "Cannot read the body: it took longer than 50 ms"),
  );
});
