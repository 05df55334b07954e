import { z } from "zod";

/** An OpenAPI v3 schema with the limits of Kubernetes' structural schemas. */
export interface StructuralSchema {
  type?: string;
  description?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  required?: string[];
  properties?: Record<string, StructuralSchema>;
  additionalProperties?: StructuralSchema;
  items?: StructuralSchema;
  anyOf?: StructuralSchema[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  "x-kubernetes-int-or-string"?: boolean;
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: { rule: string; message: string; optionalOldSelf?: boolean }[];
}

/** Gives the structural schema of what `schema` accepts. Refinements are in it only as rules. */
export function structuralSchema(schema: z.ZodType): StructuralSchema {
  const json = z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    override: ({ jsonSchema }) => makeStructural(jsonSchema as StructuralSchema),
  });
  return JSON.parse(JSON.stringify(json)) as StructuralSchema;
}

const INT32 = [-(2 ** 31), 2 ** 31 - 1] as const;
const SAFE_INTEGER = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] as const;

function makeStructural(schema: StructuralSchema): void {
  // The format says these bounds already, and JavaScript's are not Kubernetes'.
  for (const [smallest, largest] of [INT32, SAFE_INTEGER]) {
    if (schema.minimum === smallest) delete schema.minimum;
    if (schema.maximum === largest) delete schema.maximum;
  }
  // RegExp writes "/" as "\/", which only JavaScript needs.
  if (schema.pattern !== undefined) schema.pattern = schema.pattern.replaceAll("\\/", "/");
  // Every field is kept: Kubernetes does not take both words for it.
  if (schema["x-kubernetes-preserve-unknown-fields"]) delete schema.additionalProperties;
  if (schema["x-kubernetes-int-or-string"]) {
    // The one form of `anyOf` with types that Kubernetes allows.
    schema.anyOf = [{ type: "integer" }, { type: "string" }];
  }
}
