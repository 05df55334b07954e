import type { StructuralSchema } from "../../../shared/api/structural_schema.ts";

/**
 * Names what is different in `after`, a line each, all but descriptions:
 * `spec.flows[].name: maxLength 63, was undefined`, `spec.toolRefs: added`.
 */
export function schemaDifferences(
  before: StructuralSchema,
  after: StructuralSchema,
  path = "",
): string[] {
  const {
    properties: oldFields = {},
    items: oldItems,
    additionalProperties: oldValues,
    description: _,
    ...oldRest
  } = before;
  const {
    properties: fields = {},
    items,
    additionalProperties: values,
    description: __,
    ...rest
  } = after;
  return [
    ...keywordDifferences(sorted(oldRest), sorted(rest), path || "the object"),
    ...childDifferences(oldItems, items, `${path}[]`),
    ...childDifferences(oldValues, values, `${path}.*`),
    ...union(oldFields, fields).flatMap((name) =>
      childDifferences(oldFields[name], fields[name], path === "" ? name : `${path}.${name}`)
    ),
  ];
}

function childDifferences(
  before: StructuralSchema | undefined,
  after: StructuralSchema | undefined,
  path: string,
): string[] {
  if (before === undefined) return after === undefined ? [] : [`${path}: added`];
  if (after === undefined) return [`${path}: missing`];
  return schemaDifferences(before, after, path);
}

function keywordDifferences(
  before: Record<string, unknown>,
  after: Record<string, unknown>,
  path: string,
): string[] {
  return union(before, after).flatMap((keyword) => {
    const [was, is] = [JSON.stringify(before[keyword]), JSON.stringify(after[keyword])];
    if (was === is) return [];
    if (keyword === "x-kubernetes-validations") return [`${path}: has rules`];
    return [`${path}: ${keyword} ${is}, was ${was}`];
  });
}

// The order of `required` and `enum` means nothing.
function sorted(schema: StructuralSchema): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === "required" || keyword === "enum" ? [...value as string[]].sort() : value,
    ]),
  );
}

function union(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
}
