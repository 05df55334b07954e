import type { LintResult } from "../shared/lint/lint_files.ts";
import type { LintFinding } from "../shared/lint/lint_finding.ts";
import { LINT_RULES } from "../shared/lint/lint_rules.ts";
import { VERSION } from "../shared/version.ts";

/**
 * Findings as a SARIF 2.1.0 log
 * (https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html), with all rules.
 */
export function lintSarif({ findings }: LintResult): string {
  const rules = Object.entries(LINT_RULES);
  const ids = rules.map(([id]) => id);
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: {
        driver: {
          name: "genkitd",
          version: VERSION,
          rules: rules.map(([id, { level, summary }]) => ({
            id,
            shortDescription: { text: summary },
            defaultConfiguration: { level },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      results: findings.map((finding) => ({
        ruleId: finding.rule,
        ruleIndex: ids.indexOf(finding.rule),
        level: finding.level,
        message: { text: finding.message },
        locations: [{ physicalLocation: locationOf(finding) }],
      })),
    }],
  };
  return JSON.stringify(log, null, 2);
}

function locationOf({ file, line, column }: LintFinding) {
  return {
    artifactLocation: { uri: uriOf(file) },
    ...line !== undefined && {
      region: { startLine: line, ...column !== undefined && { startColumn: column } },
    },
  };
}

/** A relative path stays relative, to the folder that the tool runs in. */
function uriOf(file: string): string {
  if (URL.canParse(file)) return file;
  const uri = file.split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${uri}` : uri;
}
