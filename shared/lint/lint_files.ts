import { checkObjects } from "../flows/object_set.ts";
import { readInlined } from "../sources/read_inlined.ts";
import type { MergedSnapshot } from "../sources/merge_snapshots.ts";
import type { SourceProblem } from "../sources/source_problem.ts";
import type { LintFinding } from "./lint_finding.ts";
import { lintObjects } from "./lint_objects.ts";
import { LINT_RULES, type LintRule } from "./lint_rules.ts";
import { invalidObjects, LintScope } from "./lint_scope.ts";

/** What {@linkcode lintFiles} found in how much. */
export interface LintResult {
  /** Sorted by file and place. */
  findings: LintFinding[];
  /** How many files were read, without those that are passed over. */
  files: number;
  /** How many objects of genkitd's kinds, Secrets and ConfigMaps are valid. */
  objects: number;
}

/** Finds everything that is wrong in files. */
export async function lintFiles(
  snapshot: MergedSnapshot,
  disabled: ReadonlySet<LintRule> = new Set(),
): Promise<LintResult> {
  const sourceOf = (file: string) => snapshot.sources.get(file) ?? "";
  const read = readInlined(snapshot, sourceOf);
  const { objects, problems, warnings } = checkObjects(read.objects);
  const scope = new LintScope(objects, invalidObjects(read.objects));
  const as = (rule: LintRule) => (problem: SourceProblem): LintFinding => ({
    ...problem,
    rule,
    level: LINT_RULES[rule].level,
  });
  const syntax = read.problems.filter((problem) =>
    !read.duplicates.includes(problem) && !read.unresolved.includes(problem)
  );
  const between = await lintObjects(scope, read.objects.map(({ value }) => value).filter(isOther));
  const findings = [
    ...snapshot.problems.map(as("unreadable-file")),
    ...(snapshot.warnings ?? []).map(as("incomplete-source")),
    ...read.passedOver.notes.map(as("unbuilt-files")),
    ...syntax.map(as("invalid-yaml")),
    ...read.duplicates.map(as("duplicate-object")),
    ...read.unresolved.map(as("missing-resource")),
    ...[...snapshot.collisions, ...read.collisions].map(as("shadowed-object")),
    ...problems.map(as("invalid-object")),
    ...warnings.map(as("unknown-field")),
    ...between.map((finding) =>
      as(finding.rule)(objects.locate({ ...finding, failure: "invalid" }))
    ),
  ];
  return {
    findings: sorted(findings.filter(({ rule }) => !disabled.has(rule))),
    files: snapshot.files.size - read.passedOver.files.size,
    objects: scope.all.length,
  };
}

function isOther(value: unknown): boolean {
  const { apiVersion } = value as { apiVersion?: unknown };
  return typeof apiVersion === "string" && apiVersion !== "v1" &&
    !apiVersion.startsWith("genkit.dev/");
}

function sorted(findings: LintFinding[]): LintFinding[] {
  return findings.sort((a, b) =>
    compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) || compare(a.rule, b.rule) || compare(a.message, b.message)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
