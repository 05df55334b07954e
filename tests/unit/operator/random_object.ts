import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { apiVersionOf } from "../../../shared/api/kind.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { type StructuralSchema, structuralSchema } from "../../../shared/api/structural_schema.ts";

/** What random objects are made with. */
export interface RandomObjectOptions {
  random(): number;
  /** The names of all objects and references: the fewer, the more often they meet. */
  names: readonly string[];
  /** How often a value is one that the schema does not allow; 0 for never. */
  wrong: number;
  /** How often a field is set that may be left out. */
  filled: number;
}

// Not FlowSource: an operator would ask whatever address it has.
const KINDS = Object.values(customKinds).filter(({ kind }) => kind !== "FlowSource");
const SCHEMAS = new Map(KINDS.map((kind) => [
  kind.kind,
  structuralSchema(kind.schema).properties!.spec!,
]));

/** Values that fields of a name often have, so that objects get past the first check. */
const USUAL: Record<string, readonly unknown[]> = {
  type: ["googleai", "ollama", "ollama", "ollama", "vertexai", "mystery"],
  provider: ["googleai", "ollama", "ollama", "ollama"],
  model: ["llama", "gemini-2.5-flash"],
  image: ["genkitd:1"],
  readinessPath: ["/readyz"],
  livenessPath: ["/healthz"],
  minAvailable: [1, "50%"],
  maxUnavailable: [1, "50%"],
  cpu: ["1", "500m"],
  maxReplicas: [9],
  entrypoint: ["a"],
  requests: [{ cpu: "1" }, { memory: "64Mi" }],
  content: [
    "Hello {{name}}",
    "Hi {{name}}",
    "---\ninput: null\nconfig:\n  temperature: null\n---\nHi",
    "Bye {{name}}",
    "---\ntemperature: 0.3\n---\nHello",
    "---\nmodel: [\n---\nHello",
    "{{#if a}}never closed",
    "{{> partial}}",
    "---\ninput:\n  schema:\n    name: string\n---\nHi {{name}}",
  ],
  inline: ["{}\n{}", "a,b\n1,2", "[1, 2]", "not { json", ""],
  url: ["http://a.example/x", "ftp://a", "not a url"],
  schedule: ["0 * * * *", "never"],
  format: ["jsonl", "csv", "json"],
  credentialKeys: [["GEMINI_API_KEY"], [], ["A", "A"]],
};

/** Fields without which little comes of an object. */
const NEEDED = new Set(["image", "modelRef", "prompts", "promptRef", "pluginConfigRef", "name"]);

const ODD = [
  null,
  "",
  "x".repeat(300),
  -1,
  1e20,
  0.5,
  true,
  [],
  {},
  [null],
  { a: { b: [1] } },
  "\u0000",
];

/** Makes an object of any of genkitd's kinds but FlowSource: mostly as its schema says, often not. */
export function randomObject(options: RandomObjectOptions): KubernetesObject {
  const { random, names } = options;
  const kind = pick(KINDS, random);
  const spec = randomValue(SCHEMAS.get(kind.kind)!, "spec", options);
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: pick(names, random) },
    spec: random() < options.wrong / 4 ? pick(ODD, random) : spec,
  };
}

function randomValue(
  schema: StructuralSchema,
  field: string,
  options: RandomObjectOptions,
): unknown {
  const { random, names, wrong } = options;
  if (random() < wrong / 8) return pick(ODD, random);
  if (random() < 0.9 && USUAL[field] !== undefined) return pick(USUAL[field], random);
  if (schema.enum !== undefined) return pick(schema.enum, random);
  switch (schema.type ?? pick(["string", "integer", "object"], random)) {
    case "object":
      return randomFields(schema, options);
    case "array": {
      const length = Math.floor(random() ** 2 * 4) + (schema.minItems ?? 0);
      const items = schema.items ?? { type: "string" };
      return Array.from({ length }, () => randomValue(items, "item", options));
    }
    case "boolean":
      return random() < 0.5;
    case "integer":
    case "number": {
      const { minimum = 0, maximum = 100 } = schema;
      return minimum + Math.floor(random() * (Math.min(maximum, minimum + 100) - minimum));
    }
    default:
      return pick(names, random);
  }
}

function randomFields(
  { properties = {}, required = [], additionalProperties }: StructuralSchema,
  options: RandomObjectOptions,
): Record<string, unknown> {
  const { random, names, wrong } = options;
  const fields = Object.entries(properties).filter(([name]) =>
    required.includes(name)
      ? random() >= wrong / 8
      : random() < (NEEDED.has(name) ? 0.8 : options.filled)
  );
  const made = fields.map(([name, schema]) => [name, randomValue(schema, name, options)]);
  const free = additionalProperties === undefined || random() < 0.5 ? [] : [
    [pick(names, random), randomValue(additionalProperties, "value", options)],
  ];
  const unknown = random() < wrong / 8 ? [["unheardOf", pick(ODD, random)]] : [];
  return Object.fromEntries([...made, ...free, ...unknown]);
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)]!;
}
