import assert from "assert";
import { jsonReport } from "../../../conformance/report/json_report.ts";
import { junitReport } from "../../../conformance/report/junit_report.ts";
import { failures, type Report } from "../../../conformance/report/report.ts";
import { textReport } from "../../../conformance/report/text_report.ts";

const report: Report = {
  contract: "1.0",
  runner: 'node runner.js --name "a & b"',
  provider: "openai",
  results: [
    { id: "C-START-01", level: "MUST", says: "It listens.", outcome: "pass", message: "", took: 5 },
    {
      id: "C-HTTP-04",
      level: "MUST",
      says: "POST /<unknown> is 404.",
      outcome: "fail",
      message: 'POST /x gave 200 "<b>\u0007",\nit should be 404',
      took: 1200,
    },
    {
      id: "C-HTTP-08",
      level: "SHOULD",
      says: "It streams.",
      outcome: "fail",
      message: "no stream",
      took: 30,
    },
    {
      id: "C-AUTH-01",
      level: "MAY",
      says: "It asks for keys.",
      outcome: "not applicable",
      message: "it does not have auth",
      took: 0,
    },
  ],
  outputs: [{ scenario: "multi", output: "listening\n<oops> ]]> & more\n" }],
};

for (
  const [name, text] of [
    ["report.txt", textReport(report)],
    ["report.json", jsonReport(report)],
    ["report.xml", junitReport(report)],
  ] as const
) {
  Deno.test(`a report is written as tests/golden/conformance/${name}`, async () => {
    const golden = new URL(`../../golden/conformance/${name}`, import.meta.url);
    if (Deno.env.has("UPDATE_GOLDEN")) await Deno.writeTextFile(golden, text);
    assert.equal(text, await Deno.readTextFile(golden));
  });
}

Deno.test("a MUST alone counts, and a SHOULD where it is strict", () => {
  assert.deepEqual(failures(report).map(({ id }) => id), ["C-HTTP-04"]);
  assert.deepEqual(failures(report, true).map(({ id }) => id), ["C-HTTP-04", "C-HTTP-08"]);
});

Deno.test("a long output is shown by its last lines", () => {
  const output = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
  const text = textReport({ ...report, outputs: [{ scenario: "multi", output }] });
  assert.match(text, /line 99/);
  assert.doesNotMatch(text, /line 69\n/);
});
