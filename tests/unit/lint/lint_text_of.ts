import { lintFiles, type LintResult } from "../../../shared/lint/lint_files.ts";

/** Lints texts by the names of their files. */
export function lintTextsOf(files: Record<string, string>): Promise<LintResult> {
  return lintFiles(
    {
      files: new Map(Object.entries(files)),
      sources: new Map(),
      problems: [],
      collisions: [],
      revision: "",
    } as unknown as Parameters<typeof lintFiles>[0],
  );
}
