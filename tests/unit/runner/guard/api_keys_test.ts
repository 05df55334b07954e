import assert from "assert";
import { findCaller } from "../../../../runner/guard/api_keys.ts";

const keys = new Map([
  ["ann", "key-of-ann"],
  ["bob", "key-of-bob\n"],
  ["cyd", "key-of-cyd\r\n"],
  ["dan", "two\n\n"],
  ["eve", ""],
  ["fay", "\n"],
  ["gus", "schlüssel-🦊"],
  ["hal", "key-of-ann"],
]);

const table: [title: string, sent: string, caller: string | undefined][] = [
  ["a key is its caller's", "key-of-cyd", "cyd"],
  ["the line break at the end of a file is no part of a key", "key-of-bob", "bob"],
  ["only one line break is taken away", "two\n", "dan"],
  ["a key that two callers have is the first one's", "key-of-ann", "ann"],
  ["a key is any text", "schlüssel-🦊", "gus"],
  ["an empty key is nobody's", "", undefined],
  ["a key that is not known is nobody's", "key-of-zed", undefined],
  ["the beginning of a key is no key", "key-of-an", undefined],
  ["a key with more at its end is no key", "key-of-annn", undefined],
  ["upper and lower case differ", "KEY-OF-CYD", undefined],
  ["a caller's name is no key", "ann", undefined],
];

for (const [title, sent, caller] of table) {
  Deno.test(`findCaller: ${title}`, () => assert.equal(findCaller(sent, keys), caller));
}

Deno.test("findCaller: without keys there is no caller", () => {
  assert.equal(findCaller("", new Map()), undefined);
  assert.equal(findCaller("x", new Map()), undefined);
});

Deno.test("findCaller: other keys count at once", () => {
  assert.equal(findCaller("old", new Map([["ann", "old"]])), "ann");
  assert.equal(findCaller("old", new Map([["ann", "new"]])), undefined);
});
