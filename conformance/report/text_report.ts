import type { Report, RuleResult } from "./report.ts";

const MARKS = { pass: "pass", fail: "FAIL", "not applicable": "n/a " } as const;

/** The most lines of a runner's output that are shown of a scenario. */
const MOST_LINES = 30;

/** Writes a report for a person: a line a rule, what is wrong below, and a summary. */
export function textReport({ contract, runner, provider, results, outputs }: Report): string {
  const width = Math.max(0, ...results.map(({ id }) => id.length));
  const line = ({ id, level, says, outcome, message }: RuleResult) => {
    const first = `${MARKS[outcome]}  ${id.padEnd(width)}  ${level.padEnd(6)}  ${says}`;
    return message === "" ? first : `${first}\n      → ${message.replaceAll("\n", "\n        ")}`;
  };
  const count = (outcome: RuleResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const printed = outputs.map(({ scenario, output }) => {
    const lines = output.trimEnd().split("\n");
    const shown = lines.slice(-MOST_LINES).map((line) => `  | ${line}`).join("\n");
    return `\nWhat it printed, serving "${scenario}":\n${shown}\n`;
  });
  return [
    `Contract ${contract} · ${runner} · provider ${provider}\n\n`,
    ...results.map((result) => `${line(result)}\n`),
    ...printed,
    `\n${count("pass")} passed, ${count("fail")} failed, ` +
    `${count("not applicable")} not applicable\n`,
  ].join("");
}
