import type { Level } from "../rule.ts";

/** What became of one rule. */
export interface RuleResult {
  id: string;
  level: Level;
  says: string;
  outcome: "pass" | "fail" | "not applicable";
  /** What was seen and what should be, or why the rule says nothing; empty where it passed. */
  message: string;
  /** Milliseconds. */
  took: number;
}

/** A runner's output in a scenario in which a rule failed. */
export interface ScenarioOutput {
  scenario: string;
  output: string;
}

/** What a run has found. */
export interface Report {
  /** The version of the contract. */
  contract: string;
  /** The runner's command or address. */
  runner: string;
  provider: string;
  results: readonly RuleResult[];
  outputs: readonly ScenarioOutput[];
}

/** The rules that failed; those of SHOULD and MAY count where `strict` says so. */
export function failures({ results }: Report, strict = false): readonly RuleResult[] {
  return results.filter(({ outcome, level }) => outcome === "fail" && (strict || level === "MUST"));
}
