/** What one check found. */
export interface Finding {
  /** `fail` stands in the way of an upgrade; `warn` is to be known before it. */
  level: "ok" | "warn" | "fail";
  /** What was looked at, for example `"CRDs"`. */
  check: string;
  /** What is, and where something is wrong, what should be. */
  message: string;
  /** What to do about it. */
  help?: string | undefined;
}

/** The most findings that one check gives: of a thousand alike, the first say enough. */
export const MAX_FINDINGS = 20;

/** Cuts the findings of a check to {@linkcode MAX_FINDINGS}, and says how many more there are. */
export function boundFindings(findings: Finding[]): Finding[] {
  const shown = findings.slice(0, MAX_FINDINGS);
  const more = findings.slice(MAX_FINDINGS);
  if (more.length === 0) return shown;
  const level = more.some((finding) => finding.level === "fail") ? "fail" : "warn";
  return [...shown, {
    level,
    check: more[0]!.check,
    message: `and ${more.length} more like these`,
  }];
}
