import { lintFiles, type LintResult } from "../../../shared/lint/lint_files.ts";
import type { MergedSnapshot } from "../../../shared/sources/merge_snapshots.ts";

/** Lints texts by the names of their files. */
export function lintTextsOf(files: Record<string, string>): Promise<LintResult> {
  return lintFiles(snapshotOf(files));
}

/** Texts by the names of their files, as a source gives them. */
export function snapshotOf(files: Record<string, string>): MergedSnapshot {
  return {
    revision: "1",
    files: new Map(Object.entries(files)),
    revisions: new Map(),
    sources: new Map(),
    problems: [],
    collisions: [],
  };
}
