import { suggestion } from "../nearest.ts";
import type { Problem } from "./problem.ts";
import type { StructuralSchema } from "./structural_schema.ts";

/** What {@linkcode prune} gives. */
export interface Pruned {
  value: unknown;
  /** One a dropped field, with the known field that is nearest. */
  warnings: Problem[];
}

/**
 * Gives `value` without what the API server would not keep: fields that the schema doesn't know
 * (with a warning) and nulls (without: `field: null` is how a template leaves a field out).
 */
export function prune(value: unknown, schema: StructuralSchema): Pruned {
  const warnings: Problem[] = [];
  return { value: pruned(value, schema, []), warnings };

  function pruned(value: unknown, schema: StructuralSchema, path: Problem["path"]): unknown {
    if (Array.isArray(value)) {
      const { items } = schema;
      return items ? value.map((entry, index) => pruned(entry, items, [...path, index])) : value;
    }
    if (typeof value !== "object" || value === null) return value;
    const { properties = {}, additionalProperties } = schema;
    // A free-form field, or a misplaced object, which validation will refuse.
    if (schema.properties === undefined && additionalProperties === undefined) return value;
    const kept: [string, unknown][] = [];
    for (const [key, field] of Object.entries(value)) {
      const known = Object.hasOwn(properties, key) ? properties[key] : additionalProperties;
      if (known === undefined) {
        const near = suggestion(key, Object.keys(properties));
        warnings.push({ path: [...path, key], message: `is not a known field, ignored${near}` });
      } else if (field !== null) kept.push([key, pruned(field, known, [...path, key])]);
    }
    return Object.fromEntries(kept);
  }
}
