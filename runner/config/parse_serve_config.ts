import { dirname, isAbsolute, join } from "node:path";
import { describeIssue } from "../../shared/api/describe_issue.ts";
import { type Problem, showPath } from "../../shared/api/problem.ts";
import { prune } from "../../shared/api/prune.ts";
import { structuralSchema } from "../../shared/api/structural_schema.ts";
import { formatProblem } from "../../shared/sources/format_problem.ts";
import { type ParsedDocument, parseDocument } from "../../shared/sources/parse_document.ts";
import { type DocumentText, splitDocuments } from "../../shared/sources/split_documents.ts";
import { type EnvironmentValue, readConfigEnvironment } from "./config_environment.ts";
import { literalSecrets } from "./literal_secrets.ts";
import { type ServeConfig, serveConfig } from "./serve_config.ts";
import { sourceNames } from "./source_names.ts";

/** What {@linkcode parseServeConfig} reads. */
export interface ServeConfigInput {
  file?: { path: string; text: string } | undefined;
  /** The variables of the process. */
  environment: Readonly<Record<string, string>>;
}

/** A configuration, and what its author should know. */
export interface ParsedServeConfig {
  config: ServeConfig;
  warnings: string[];
}

/**
 * Reads a configuration: a variable goes before the file, the file before the default. Paths are
 * relative to what names them: the file's folder, or for a variable the working directory.
 *
 * @throws {Error} that lists everything that is wrong, each with its line or variable.
 */
export function parseServeConfig({ file, environment }: ServeConfigInput): ParsedServeConfig {
  const document = file ? parseFile(file) : undefined;
  const fromFile = document ? rebased(document.value, dirname(file!.path)) : {};
  const variables = readConfigEnvironment(environment);
  const value = overlay(fromFile, variables.values);
  const say = teller(file?.path ?? "", document, variables.values);

  const pruned = prune(value, structuralSchema(serveConfig));
  const unknown = pruned.warnings.map(({ path, message }) => ({
    path,
    message: message.replace(", ignored", ""),
  }));
  const parsed = serveConfig.safeParse(pruned.value, { error: describeIssue });
  const invalid = (parsed.error?.issues ?? []).map(({ path, message }) => ({
    path: path as Problem["path"],
    message,
  }));
  const twice = parsed.success ? sourceNames(parsed.data.sources).problems : [];
  const problems = [...variables.problems, ...[...unknown, ...invalid, ...twice].map(say)];
  if (!parsed.success || problems.length > 0) {
    const what = file ? `"${file.path}"` : "the environment";
    const lines = problems.map((line) => `  ${line}`);
    throw new Error([`Cannot use the configuration of ${what}:`, ...lines].join("\n"));
  }
  const literals = literalSecrets(document?.value).map(say);
  return { config: parsed.data, warnings: [...variables.warnings, ...literals] };
}

type Parsed = Extract<ParsedDocument, { value: unknown }>;

function parseFile({ path, text }: { path: string; text: string }): Parsed {
  const refuse = (problem: { line: number; column: number; message: string }) =>
    new Error(
      `Cannot use the configuration of "${path}":\n  ${formatProblem({ file: path, ...problem })}`,
    );
  const [only = { text: "", line: 1 }, second] = splitDocuments(text).filter(holdsSomething);
  if (second !== undefined) {
    const message = "a second document begins here, should be one: all of it in one map, " +
      'without "---"';
    throw refuse({ line: second.line, column: 1, message });
  }
  const parsed = parseDocument(only, { secret: "values" });
  if ("problem" in parsed) throw refuse(parsed.problem);
  const value = parsed.value ?? {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw refuse({ ...parsed.locate([]), message: "it should be a map, such as sources: […]" });
  }
  return { ...parsed, value };
}

/** Tells whether there is more than the mark of a document, directives and comments. */
function holdsSomething({ text }: DocumentText): boolean {
  return text.replace(/^---(?=\s|$)/, "").split("\n").some((line) => !/^(%|\s*(#|$))/.test(line));
}

/** Says a problem with the place of its field: a variable's name, or file, line and column. */
function teller(file: string, document: Parsed | undefined, values: readonly EnvironmentValue[]) {
  return ({ path, message }: Problem): string => {
    const source = values.find((value) => value.path.every((key, i) => path[i] === key));
    if (source !== undefined) {
      const rest = showPath(path.slice(source.path.length));
      return `${source.variable}${rest && `: ${rest}`} ${message}`;
    }
    const text = path.length === 0 ? message : `${showPath(path)} ${message}`;
    if (document === undefined) return text;
    return formatProblem({ file, ...document.locate(path), message: text });
  };
}

function overlay(base: unknown, values: readonly EnvironmentValue[]): unknown {
  const result = structuredClone(base) as Record<string, unknown>;
  for (const { path, value } of values) {
    let at = result;
    for (const key of path.slice(0, -1)) {
      const next = at[key];
      // What is no map is refused as such, unless a variable makes it one.
      at[key] = typeof next === "object" && next !== null ? next : {};
      at = at[key] as Record<string, unknown>;
    }
    at[path.at(-1)!] = value;
  }
  return result;
}

/** Puts a folder before the paths that a file names. */
function rebased(value: unknown, folder: string): unknown {
  const from = (path: unknown) =>
    typeof path !== "string" || ["", "-"].includes(path) || isAbsolute(path)
      ? path
      : join(folder, path);
  const walk = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) {
      return value.map((entry) => key === "paths" ? from(entry) : walk(entry, ""));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).map(([key, field]) =>
      [key, key === "file" ? from(field) : walk(field, key)] as const
    );
    return Object.fromEntries(entries);
  };
  return walk(value, "");
}
