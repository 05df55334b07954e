import type { Tool } from "../api/tool.ts";
import { asObject } from "./as_object.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import { namespaceOf } from "./lint_scope.ts";
import { schemaTypeFault } from "./schema_type_fault.ts";

/** Checks the schemas of a Tool: models are offered its input's, and refuse one that is not valid. */
export function checkToolSchemas(tool: Tool): ObjectFinding[] {
  const definition = asObject(tool.spec.definition);
  const object = { kind: "Tool", namespace: namespaceOf(tool), name: tool.metadata.name };
  return ["inputSchema", "outputSchema"].flatMap((field): ObjectFinding[] => {
    const fault = schemaTypeFault(definition[field]);
    if (fault === undefined) return [];
    const path = ["spec", "definition", field];
    return [{ rule: "invalid-schema", object, path, message: `the schema is not valid: ${fault}` }];
  });
}
