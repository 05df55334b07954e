import { parse } from "yaml";
import { suggestion } from "../../shared/nearest.ts";
import { type ConfigField, configFields } from "./config_fields.ts";

/** A field that a variable sets. */
export interface EnvironmentValue {
  path: string[];
  variable: string;
  value: unknown;
}

/** What the variables of a process say of the configuration. */
export interface ConfigEnvironment {
  values: EnvironmentValue[];
  /** What cannot be understood, in whole sentences. */
  problems: string[];
  /** Variables that look like misspelled ones. */
  warnings: string[];
}

/**
 * Variables that are no fields: the configuration itself, credentials for PATHs, and what Kubernetes
 * sets for a Service of the name genkitd.
 */
const OTHERS = /^GENKITD_(CONFIG|GIT|OCI|SERVICE|PORT)(_|$)/;

/**
 * Reads the fields of the configuration from variables. An empty one counts as not set. A list is
 * written as JSON, or as YAML in one line; what may be a reference has a variable with `_FILE`, too.
 */
export function readConfigEnvironment(
  environment: Readonly<Record<string, string>>,
): ConfigEnvironment {
  const result: ConfigEnvironment = { values: [], problems: [], warnings: [] };
  const known = new Set<string>();
  for (const field of configFields()) {
    const { variable, path } = field;
    if (variable === undefined) continue;
    known.add(variable);
    const text = environment[variable];
    if (text) {
      const value = valueOf(field, text);
      if (value === undefined) {
        result.problems.push(
          `${variable} is no JSON; it should be a list, such as '[{"git":{…}}]'`,
        );
      } else result.values.push({ path, variable, value });
    }
    if (!field.reference) continue;
    known.add(`${variable}_FILE`);
    const file = environment[`${variable}_FILE`];
    if (!file) continue;
    if (text) result.problems.push(`${variable} and ${variable}_FILE are set, should be one`);
    else result.values.push({ path, variable: `${variable}_FILE`, value: { file } });
  }
  for (const name of Object.keys(environment)) {
    if (!name.startsWith("GENKITD_") || known.has(name) || OTHERS.test(name)) continue;
    // What is not near to any may be of something else.
    const near = suggestion(name, known);
    if (near !== "") result.warnings.push(`the variable ${name} is not known${near}`);
  }
  return result;
}

function valueOf({ type }: ConfigField, text: string): unknown {
  switch (type) {
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "number":
    case "number or text":
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case "list":
      try {
        return parse(text) ?? undefined;
      } catch {
        return undefined;
      }
    default:
      return text;
  }
}
