import { suggestion } from "../nearest.ts";
import { describeIssue } from "./describe_issue.ts";
import { apiVersionOf, GROUP, type Kind, VERSION } from "./kind.ts";
import { coreKinds, customKinds, type KnownObject } from "./kinds.ts";
import type { Problem } from "./problem.ts";
import { prune } from "./prune.ts";
import { showValue } from "./show_value.ts";
import { type StructuralSchema, structuralSchema } from "./structural_schema.ts";

/** What {@linkcode parseObject} makes of a value. */
export type ParseResult =
  /** Valid: defaults are set, and what the warnings name is dropped. */
  | { outcome: "parsed"; object: KnownObject; warnings: Problem[] }
  /** Refused, with everything that is wrong. */
  | { outcome: "invalid"; problems: Problem[]; warnings: Problem[] }
  /** An object that is none of genkitd's business, such as a Deployment or an encrypted Secret. */
  | { outcome: "foreign"; apiVersion: string; kind: string };

/**
 * Checks a value, for example a YAML document, as the API server would: unknown fields are dropped
 * (with a warning), defaults are set, schema and rules are checked.
 */
export function parseObject(value: unknown): ParseResult {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refused([], `is ${showValue(value)}, should be an object with apiVersion and kind`);
  }
  const { apiVersion, kind } = value as Record<string, unknown>;
  for (const [key, text] of Object.entries({ apiVersion, kind })) {
    if (typeof text === "string" && text !== "") continue;
    const is = text === undefined ? "missing" : showValue(text);
    return refused([key], `is ${is}, should be a text, for example ${EXAMPLE[key]}`);
  }
  if (isSealed(value)) return { outcome: "foreign", apiVersion: "v1", kind: "Secret" };
  const found = findKind(apiVersion as string, kind as string);
  return "schema" in found ? check(value, found) : found;
}

/**
 * Whether a value is a Secret as SOPS encrypts it, which writes `sops` beside the values
 * (https://getsops.io/docs). What it holds are no credentials before somebody has decrypted it.
 */
function isSealed(value: object): boolean {
  const { apiVersion, kind, sops } = value as Record<string, unknown>;
  return apiVersion === "v1" && kind === "Secret" && typeof sops === "object" && sops !== null;
}

const OUR_VERSION = apiVersionOf({ group: GROUP, version: VERSION });
const EXAMPLE: Record<string, string> = { apiVersion: OUR_VERSION, kind: "Flow" };

function findKind(apiVersion: string, kind: string): Kind<KnownObject> | ParseResult {
  const ours: Record<string, Kind<KnownObject>> = customKinds;
  const core: Record<string, Kind<KnownObject>> = coreKinds;
  if (apiVersion === "v1" && Object.hasOwn(core, kind)) return core[kind]!;
  if (apiVersion.split("/")[0] !== GROUP) return { outcome: "foreign", apiVersion, kind };
  if (apiVersion !== OUR_VERSION) {
    return refused(["apiVersion"], `is ${showValue(apiVersion)}, should be ${OUR_VERSION}`);
  }
  if (Object.hasOwn(ours, kind)) return ours[kind]!;
  const names = Object.keys(ours);
  const near = suggestion(kind, names);
  return refused(
    ["kind"],
    `is ${showValue(kind)}, should be one of ${names.join(", ")}${near}`,
  );
}

function check(value: object, kind: Kind<KnownObject>): ParseResult {
  const { value: pruned, warnings } = prune(value, structuralSchemaOf(kind));
  const { data, error } = kind.schema.safeParse(pruned, { error: describeIssue });
  if (!error) return { outcome: "parsed", object: data, warnings };
  const problems = error.issues.map(({ path, message }) => ({
    path: path as Problem["path"],
    message,
  }));
  return { outcome: "invalid", problems, warnings };
}

const structuralSchemas = new Map<Kind, StructuralSchema>();

function structuralSchemaOf(kind: Kind): StructuralSchema {
  let schema = structuralSchemas.get(kind);
  if (schema === undefined) structuralSchemas.set(kind, schema = structuralSchema(kind.schema));
  return schema;
}

function refused(path: Problem["path"], message: string): ParseResult {
  return { outcome: "invalid", problems: [{ path, message }], warnings: [] };
}
