import { failures, type Report } from "./report.ts";

/** Writes a report for programs. */
export function jsonReport(report: Report): string {
  const { results, outputs, ...rest } = report;
  return `${
    JSON.stringify({ ...rest, conforms: failures(report).length === 0, results, outputs }, null, 2)
  }\n`;
}
