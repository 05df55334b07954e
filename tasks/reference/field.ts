import type { StructuralSchema } from "../../shared/api/structural_schema.ts";
import { kubernetesLink } from "./kubernetes_link.ts";

/** A field of a kind, as its reference page has it. */
export interface Field {
  /** From the object's root, with `[]` for a list's entries: `spec.flows[].name`. */
  path: string;
  /** In words: `string`, `list of objects`. */
  type: string;
  required: boolean;
  /** As JSON. */
  default?: string;
  /** Such as `from 1 to 65535`, each in Markdown. */
  bounds: string[];
  description: string;
  /** The messages and CEL texts of the rules that stand at the field. */
  rules: { rule: string; message: string }[];
  /** Kubernetes' own page of the type, whose fields are not listed here. */
  link?: { name: string; url: string };
}

/** Gives a field's anchor: its path without the brackets, which a URL would escape. */
export function anchorOf(path: string): string {
  return path.replaceAll("[]", "");
}

/** Gives all fields below `schema`, which stands at `path`, parents before their children. */
export function fieldsOf(schema: StructuralSchema, path: string): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const link = kubernetesLink(at);
    const own: Field = {
      path: at,
      type: typeOf(field),
      required: schema.required?.includes(name) === true && field.default === undefined,
      ...field.default !== undefined && { default: JSON.stringify(field.default) },
      bounds: boundsOf(field),
      description: field.description ?? "",
      rules: rulesOf(field),
      ...link && { link },
    };
    if (link !== undefined) return [own];
    return [own, ...fieldsOf(field, at), ...field.items ? fieldsOf(field.items, `${at}[]`) : []];
  });
}

/** The rules of a field, and those of a list's entries or a map's values. */
function rulesOf(schema: StructuralSchema): Field["rules"] {
  const inner = [schema.items, schema.additionalProperties].filter((each) => each !== undefined);
  return [
    ...schema["x-kubernetes-validations"] ?? [],
    ...inner.flatMap(rulesOf),
  ];
}

function typeOf(schema: StructuralSchema): string {
  if (schema["x-kubernetes-int-or-string"]) return "integer or string";
  if (schema.type === "array") return `list of ${many(typeOf(schema.items ?? {}))}`;
  if (schema.additionalProperties) return `map of ${many(typeOf(schema.additionalProperties))}`;
  if (schema.format === "date-time") return "time";
  return schema.type ?? "any JSON value";
}

function many(type: string): string {
  return /^(list|map) of|JSON value$| or /.test(type) ? type : `${type}s`;
}

function boundsOf(schema: StructuralSchema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const each = [...schema.items ? boundsOf(schema.items) : []].map((bound) => `each ${bound}`);
  const values = schema.additionalProperties ? boundsOf(schema.additionalProperties) : [];
  const keys = schema["x-kubernetes-list-map-keys"];
  return [
    ...schema.enum ? [`one of ${schema.enum.map((word) => `\`${word}\``).join(", ")}`] : [],
    ...range(minimum, maximum, ""),
    ...minLength === 1 && maxLength === undefined
      ? ["not empty"]
      : range(minLength, maxLength, " characters"),
    ...range(minItems, maxItems, " entries"),
    ...keys ? [`no two entries of the same \`${keys.join("`, `")}\``] : [],
    ...pattern !== undefined && !schema["x-kubernetes-int-or-string"]
      ? [`matches \`${pattern}\``]
      : [],
    ...each,
    ...values.map((bound) => `each value ${bound}`),
  ];
}

function range(least: number | undefined, most: number | undefined, unit: string): string[] {
  const units = (number: number) =>
    number === 1 ? unit.replace(/ies$/, "y").replace(/s$/, "") : unit;
  if (least !== undefined && most !== undefined) return [`from ${least} to ${most}${unit}`];
  if (least !== undefined) return [`at least ${least}${units(least)}`];
  return most === undefined ? [] : [`at most ${most}${units(most)}`];
}
