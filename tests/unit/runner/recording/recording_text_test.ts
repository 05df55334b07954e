import assert from "assert";
import {
  exchangeLine,
  headerLine,
  readRecording,
} from "../../../../runner/recording/recording_text.ts";
import { exchange, toolCall, turn } from "./asked.ts";

const one = exchange(turn("Hi"), "Hello");
const two = exchange(toolCall({ b: 1, a: 2 }), "blue");
const text = headerLine() + exchangeLine(one) + exchangeLine(two);

Deno.test("a recording is read as it was written, a line an exchange, with sorted keys", () => {
  assert.deepEqual(readRecording(text), { exchanges: [one, two], whole: text.length });
  assert.equal(text.split("\n").length, 4);
  assert.match(text, /"asked":{"input":{"a":2,"b":1},"kind":"tool","tool":"look"},"flow"/);
});

Deno.test("a last line that was broken off is passed over, and nothing else is", () => {
  const { length } = headerLine() + exchangeLine(one);
  for (const end of [length, length + 1, length + 50, text.length - 1]) {
    assert.deepEqual(readRecording(text.slice(0, end)), { exchanges: [one], whole: length });
  }
  assert.deepEqual(readRecording(""), { exchanges: [], whole: 0 });
  assert.deepEqual(readRecording('{"form'), { exchanges: [], whole: 0 });
});

const BROKEN: [what: string, text: string, message: RegExp][] = [
  ["no header", exchangeLine(one), /^line 1 is no header, it should be {"format":"genkitd-record/],
  ["another file", "hello\n", /^line 1 is not JSON$/],
  ["null", "null\n", /^line 1 is no header/],
  [
    "a later version",
    '{"format":"genkitd-recording","version":2}\n',
    /^its version is 2, it should be 1$/,
  ],
  ["a line that is not JSON", headerLine() + "{\n" + exchangeLine(one), /^line 2 is not JSON$/],
  ["an empty line", headerLine() + "\n" + exchangeLine(one), /^line 2 is not JSON$/],
  [
    "a line without an answer",
    headerLine() + exchangeLine(one) + '{"key":"' + one.key + '","flow":"f","asked":' +
    JSON.stringify(one.asked) + "}\n",
    /^line 3 is no exchange: at "answer", /,
  ],
  [
    "a request that was edited",
    headerLine() + exchangeLine({ ...one, asked: turn("Bye") }),
    /^line 2 has the key of another request, it should be that of its "asked"/,
  ],
];

for (const [what, broken, message] of BROKEN) {
  Deno.test(`what is wrong is said with its line: ${what}`, () => {
    assert.throws(() => readRecording(broken), { message });
  });
}
