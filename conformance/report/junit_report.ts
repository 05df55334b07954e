import type { Report, RuleResult } from "./report.ts";

/** Writes a report as JUnit's XML, as CI servers read it: a test case a rule. */
export function junitReport({ contract, runner, provider, results, outputs }: Report): string {
  const count = (outcome: RuleResult["outcome"]) =>
    results.filter((result) => result.outcome === outcome).length;
  const seconds = results.reduce((sum, { took }) => sum + took, 0) / 1000;
  const printed = outputs.map(({ scenario, output }) => `${scenario}:\n${output}`).join("\n");
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuite name="genkitd conformance ${xml(contract)}" tests="${results.length}" ` +
    `failures="${count("fail")}" skipped="${count("not applicable")}" ` +
    `time="${seconds.toFixed(3)}">`,
    "  <properties>",
    `    <property name="runner" value="${xml(runner)}"/>`,
    `    <property name="provider" value="${xml(provider)}"/>`,
    "  </properties>",
    ...results.flatMap(testCase),
    ...printed === "" ? [] : [`  <system-out>${xml(printed)}</system-out>`],
    "</testsuite>",
    "",
  ].join("\n");
}

function testCase({ id, level, says, outcome, message, took }: RuleResult): string[] {
  const name = `<testcase classname="${level}" name="${xml(`${id} ${says}`)}" ` +
    `time="${(took / 1000).toFixed(3)}"`;
  if (outcome === "pass") return [`  ${name}/>`];
  const element = outcome === "fail" ? "failure" : "skipped";
  return [`  ${name}>`, `    <${element} message="${xml(message)}"/>`, "  </testcase>"];
}

/** Escapes text, and leaves out what XML 1.0 cannot hold. */
function xml(text: string): string {
  return text
    // deno-lint-ignore no-control-regex -- these are the characters that are meant
    .replace(/[^\x09\x0A\x0D\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;").replaceAll("\n", "&#10;");
}
