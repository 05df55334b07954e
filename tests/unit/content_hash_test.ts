import assert from "assert";
import { contentHash } from "../../shared/content_hash.ts";

type Files = [string, string][];

Deno.test("contentHash: the hash of a tree stays what it was in an earlier version", async () => {
  // SHA-256 of "", and of "1:a2:bc3:d/e0:", from sha256sum.
  assert.equal(
    await contentHash([]),
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  assert.equal(
    await contentHash([["a", "bc"], ["d/e", ""]]),
    "e6dcb20f5654bf9079360ef8bfb23e52aa1efe9bc523bea96c90b7808555bdf8",
  );
});

Deno.test("contentHash: 200 shuffles of the same files give one hash", async () => {
  const files: Files = Array.from(
    { length: 12 },
    (_, index) => [`${"éZa🦊"[index % 4]}/${index}`, `text ${index}`],
  );
  const hashes = new Set<string>();
  for (let round = 0; round < 200; round++) hashes.add(await contentHash(shuffle(files, round)));
  assert.equal(hashes.size, 1);
});

const different: [string, Files, Files][] = [
  ["a text", [["a", "x"]], [["a", "y"]]],
  ["a path", [["a", "x"]], [["b", "x"]]],
  ["an empty file more", [["a", "x"]], [["a", "x"], ["b", ""]]],
  ["texts that change places", [["a", "x"], ["b", "y"]], [["a", "y"], ["b", "x"]]],
  ["text that moves to the next file", [["a", "xy"], ["b", ""]], [["a", "x"], ["b", "y"]]],
  ["the end of a path that becomes text", [["ab", "c"]], [["a", "bc"]]],
  ["a file that is written inside a text", [["a", "x1:b1:y"]], [["a", "x"], ["b", "y"]]],
  ["a digit that belongs to a length", [["a", ""], ["1", ""]], [["a1", ""]]],
  ["a line's end", [["a", "x\n"]], [["a", "x\r\n"]]],
  ["a letter written in two ways", [["a", "é"]], [["a", "e\u0301"]]],
];
for (const [what, one, other] of different) {
  Deno.test(`contentHash: ${what} changes the hash`, async () => {
    assert.notEqual(await contentHash(one), await contentHash(other));
  });
}

/** Fisher and Yates, with the numbers of a small generator, so that a failure can be repeated. */
function shuffle(files: Files, seed: number): Files {
  const shuffled = [...files];
  let state = seed + 1;
  for (let last = shuffled.length - 1; last > 0; last--) {
    state = (state * 48271) % 2147483647;
    const other = state % (last + 1);
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}
