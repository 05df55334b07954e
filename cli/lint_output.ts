import type { LintResult } from "../shared/lint/lint_files.ts";
import { formatProblem } from "../shared/sources/format_problem.ts";
import type { Paint } from "./paint.ts";

/** Findings for people: place, level, message and rule, with the line of the file below. */
export function lintText(
  { findings, files, objects }: LintResult,
  texts: ReadonlyMap<string, string>,
  paint: Paint,
): string {
  const lines = findings.map(({ rule, level, message, ...place }) => {
    const shown = { ...place, message: `${level}: ${message} [${rule}]` };
    const [line, ...excerpt] = formatProblem(shown, texts.get(place.file)).split("\n");
    const head = level === "error" ? paint.red(line!) : line!;
    return [head, ...excerpt.map(paint.dim)].join("\n");
  });
  const [errors, warnings] = (["error", "warning"] as const).map((wanted) =>
    findings.filter(({ level }) => level === wanted).length
  ) as [number, number];
  const read = `${count(objects, "valid object")} in ${count(files, "file")}`;
  const said = errors + warnings === 0
    ? "Nothing is wrong"
    : `${count(errors, "error")}, ${count(warnings, "warning")}`;
  return [...lines, `${said}: ${read}`].join("\n");
}

/** Findings for programs, as one JSON document. */
export function lintJson({ findings, files, objects }: LintResult): string {
  const shown = findings.map(({ rule, level, file, line, column, message }) => ({
    rule,
    level,
    file,
    line,
    column,
    message,
  }));
  return JSON.stringify({ files, objects, findings: shown }, null, 2);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
