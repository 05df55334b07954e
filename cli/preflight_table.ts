import type { Finding } from "../operator/preflight/finding.ts";

/** Writes findings as a table, what to do below each that asks for something. */
export function preflightTable(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat("fail  ".length + width + 2);
  return findings.map(({ level, check, message, help }) => {
    const line = `${level.padEnd(4)}  ${check.padEnd(width)}  ${message}`;
    return help === undefined ? line : `${line}\n${indent}→ ${help}`;
  }).join("\n");
}
