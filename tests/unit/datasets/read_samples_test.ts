import assert from "assert";
import { DatasetError, readSamples } from "../../../shared/datasets/read_samples.ts";

type Format = Parameters<typeof readSamples>[0];

const read: [string, Format, unknown, unknown[]][] = [
  ["a JSON array", "json", '[{"a": 1}, 2]', [{ a: 1 }, 2]],
  ["one JSON object is one sample", "json", '{"a": 1}', [{ a: 1 }]],
  ["a JSON value a line, blank lines aside", "jsonl", '{"a": 1}\n  \n[2]\r\n', [{ a: 1 }, [2]]],
  ["lines without an end of line", "jsonl", "1\n2", [1, 2]],
  ["CSV with a header", "csv", "q,a\nhi,hello\n", [{ q: "hi", a: "hello" }]],
  ["quotes, commas and line ends in CSV", "csv", 'q\r\n"a, ""b""\nc"\r\n', [{ q: 'a, "b"\nc' }]],
  ["a byte order mark and blank lines in CSV", "csv", "\uFEFFq\n\nhi\n", [{ q: "hi" }]],
  ["a header alone is no sample", "csv", "q,a\n", []],
  ["nothing is no sample", "csv", "", []],
  ["nothing is no sample", "jsonl", "", []],
  ["values are the samples, whatever the format", "csv", [{ q: "hi" }], [{ q: "hi" }]],
  ["one value is one sample", "jsonl", { q: "hi" }, [{ q: "hi" }]],
];

for (const [name, format, given, expected] of read) {
  Deno.test(`samples: ${format}: ${name}`, async () => {
    assert.deepEqual(await readSamples(format, given), expected);
  });
}

const refused: [string, Format, unknown, RegExp][] = [
  ["no JSON", "json", "[1,", /^the samples are no JSON: /],
  ["a JSON text", "json", '"hello"', /^the samples are "hello", should be an array$/],
  ["a number", "csv", 7, /^the samples are 7, should be an array$/],
  ["a line that is no JSON", "jsonl", "1\n\nx", /^line 3 is no JSON: /],
  ["a row that is too long", "csv", "a\n1,2\n", /^the samples are no CSV: .*line 2/],
  ["a quote without an end", "csv", 'a\n"1\n', /^the samples are no CSV: /],
];

for (const [name, format, given, expected] of refused) {
  Deno.test(`samples: ${format}: refuses ${name}`, async () => {
    await assert.rejects(() => readSamples(format, given), (error) => {
      assert.ok(error instanceof DatasetError);
      assert.match(error.message, expected);
      return true;
    });
  });
}

Deno.test("samples: refuses more than an object of Kubernetes can hold", async () => {
  await assert.rejects(() => readSamples("jsonl", "1\n".repeat(2 << 20)), /should be at most/);
});
