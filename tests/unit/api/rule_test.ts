import assert from "assert";
import { z } from "zod";
import { customResourceDefinition } from "../../../operator/crds.ts";
import type { CustomKind } from "../../../shared/api/kind.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { parseObject } from "../../../shared/api/parse_object.ts";
import { showPath } from "../../../shared/api/problem.ts";
import type { StructuralSchema } from "../../../shared/api/structural_schema.ts";
import { BROKEN_SOURCES } from "./broken_sources.ts";
import { flowSetOf, objectOf } from "./objects.ts";

const inlineModel = { provider: "echo", model: "echo", pluginConfigRef: { name: "echo" } };
const inlinePrompt = { name: "p", content: "Hello" };
const someRefs = [{ name: "a" }];

/** A FlowSet with more fields about its pods. */
const setOf = (spec: Record<string, unknown>) => {
  const set = flowSetOf({});
  return { ...set, spec: { ...set.spec as object, ...spec } };
};
const flowOf = (spec: unknown, name?: string) => objectOf("Flow", spec, name);

const toolOf = (implementation: unknown) => objectOf("Tool", { definition: {}, implementation });
const server = { url: "https://mcp.example.com" };

/** Each rule, broken: the field at fault, the words. */
const BROKEN: [object: { kind: string }, field: string, message: string][] = [
  ...BROKEN_SOURCES,
  ...["9lives", "a".repeat(64), "a.b"].flatMap((name): typeof BROKEN => [
    [flowOf({}, name), "metadata.name", nameMessage()],
    [{ ...flowSetOf({}), metadata: { name } }, "metadata.name", nameMessage()],
  ]),
  [
    flowOf({ modelRef: { name: "m" }, modelSpec: inlineModel }),
    "spec.modelRef",
    "modelRef and modelSpec are both set, should be one of them",
  ],
  [
    flowOf({ prompts: [{ promptRef: { name: "p" } }], promptRefs: someRefs }),
    "spec.promptRefs",
    "prompts and promptRefs are both set, should be one of them",
  ],
  [
    flowOf({ tools: someRefs, toolRefs: someRefs }),
    "spec.toolRefs",
    "tools and toolRefs are both set, should be one of them",
  ],
  [
    flowOf({ prompts: [{ promptRef: { name: "p" }, prompt: inlinePrompt }] }),
    "spec.prompts[0]",
    "promptRef and prompt are both set, should be one of them",
  ],
  [
    flowOf({ prompts: [{ prompt: inlinePrompt }, { promptRef: {} }] }),
    "spec.prompts[1]",
    "neither promptRef nor prompt is set, should be one of them",
  ],
  ...[flowOf, setOf].flatMap((of): typeof BROKEN => [
    [
      of({ autoscaling: { minReplicas: 3, maxReplicas: 2 } }),
      "spec.autoscaling.minReplicas",
      "minReplicas is larger than maxReplicas, should be at most that",
    ],
    [
      of({ podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } }),
      "spec.podDisruptionBudget.maxUnavailable",
      "minAvailable and maxUnavailable are both set, should be one of them",
    ],
    [
      of({ podLabels: { "genkit.dev/flowset": "other" } }),
      "spec.podLabels",
      "sets a label that is genkitd's own, should set none of app.kubernetes.io/managed-by, " +
      "genkit.dev/flow, genkit.dev/flowset, genkit.dev/eval",
    ],
  ]),
  [
    flowOf({ modelRef: { name: "m" }, models: someRefs }),
    "spec.models",
    "models is set beside modelRef or modelSpec, should be one of them",
  ],
  [
    flowOf({ modelSpec: inlineModel, models: someRefs }),
    "spec.models",
    "models is set beside modelRef or modelSpec, should be one of them",
  ],
  [
    flowSetOf({ models: someRefs }),
    "spec.flows[0].models",
    "models is set beside modelRef or modelSpec, should be one of them",
  ],
  ...[flowOf, flowSetOf].map((of): typeof BROKEN[number] => [
    of({ schedule: { cron: "0 9 * *" } }),
    of === flowOf ? "spec.schedule.cron" : "spec.flows[0].schedule.cron",
    "cron should be five or six fields with spaces between them, or @hourly, @daily, @weekly, " +
    "@monthly or @yearly",
  ]),
  ...[flowOf, flowSetOf].flatMap((of): typeof BROKEN => {
    const auth = of === flowOf ? "spec.auth" : "spec.flows[0].auth";
    const jwt = { issuer: "accounts.example.com", audiences: ["a"] };
    return [
      [of({ auth: {} }), auth, "neither apiKeys nor jwt is set, should be one of them or both"],
      [
        of({ auth: { apiKeys: { secretRef: {} } } }),
        `${auth}.apiKeys.secretRef.name`,
        "secretRef names no Secret, should be the one with the callers' keys",
      ],
      [
        of({ auth: { jwt } }),
        `${auth}.jwt.jwksUri`,
        "jwksUri is not set and issuer is no URL to ask for it, should be one of them",
      ],
    ];
  }),
  [
    flowSetOf({ modelSpec: inlineModel }),
    "spec.flows[0].modelRef",
    "modelRef and modelSpec are both set, should be one of them",
  ],
  [
    flowSetOf({ modelRef: { name: "" } }),
    "spec.flows[0].modelRef",
    "neither modelRef, modelSpec nor models is set, should be one of them",
  ],
  [
    flowSetOf({ promptRefs: someRefs }),
    "spec.flows[0].promptRefs",
    "prompts and promptRefs are both set, should be one of them",
  ],
  [
    flowSetOf({ prompts: undefined }),
    "spec.flows[0].prompts",
    "neither prompts nor promptRefs is set, should be one of them, with at least one entry",
  ],
  [
    flowSetOf({ tools: someRefs, toolRefs: someRefs }),
    "spec.flows[0].toolRefs",
    "tools and toolRefs are both set, should be one of them",
  ],
  [
    flowSetOf({ prompts: [{ promptRef: { name: "p" }, prompt: inlinePrompt }] }),
    "spec.flows[0].prompts[0]",
    "promptRef and prompt are both set, should be one of them",
  ],
  ...[{ http: server }, { flowRef: { name: "f" } }].map((other): typeof BROKEN[number] => [
    toolOf({ mcp: server, ...other }),
    "spec.implementation",
    "mcp is set beside http or flowRef, should be the only one of them",
  ]),
  [
    flowSetOf({ prompts: [{}] }),
    "spec.flows[0].prompts[0]",
    "neither promptRef nor prompt is set, should be one of them",
  ],
];

/** Near the rules, and valid. */
const KEPT: [title: string, object: unknown][] = [
  ["a Flow with neither model nor prompts", flowOf({})],
  ["a name of 63 characters", flowOf({}, "a".repeat(63))],
  ["a name of one letter", flowOf({}, "a")],
  ["modelSpec beside a modelRef without name", flowOf({ modelRef: {}, modelSpec: inlineModel })],
  [
    "an inline prompt beside a promptRef without name",
    flowOf({ prompts: [{ promptRef: { name: "" }, prompt: inlinePrompt }] }),
  ],
  ["a Tool by mcp, beside a flowRef without name", toolOf({ mcp: server, flowRef: {} })],
  ["a Tool of 0.5.0 with both", toolOf({ http: server, flowRef: { name: "f" } })],
  ["an empty list of one spelling", flowOf({ prompts: [], promptRefs: someRefs, tools: [] })],
  ["as many pods at least as at most", flowOf({ autoscaling: { minReplicas: 2, maxReplicas: 2 } })],
  ["a label of one's own", flowOf({ podLabels: { "app.kubernetes.io/name": "greeter" } })],
  ["a budget of neither kind", flowOf({ podDisruptionBudget: {} })],
  [
    "an issuer that is no URL, with the place of its keys",
    flowOf({
      auth: {
        jwt: { issuer: "me", audiences: ["a"], jwksUri: "https://me.example.com/keys" },
        apiKeys: { secretRef: { name: "callers" } },
      },
    }),
  ],
  ["an issuer that is a URL", flowOf({ auth: { jwt: { issuer: "http://i", audiences: ["a"] } } })],
  ["websites", flowOf({ cors: { origins: ["https://app.example.com:8443", "*"] } })],
  ["a cache", flowOf({ cache: { ttlSeconds: 60, maxEntries: 1, maxBytes: 1024 } })],
  ["a schedule", flowOf({ schedule: { cron: "0 9 * * MON", timeZone: "UTC", input: {} } })],
  ["a schedule with seconds", flowOf({ schedule: { cron: "*/5 * * * * *" } })],
  ["a schedule by name", flowOf({ schedule: { cron: "@daily" } })],
  ["a FlowSet by promptRefs", flowSetOf({ prompts: undefined, promptRefs: someRefs })],
  ["a FlowSet by modelSpec", flowSetOf({ modelRef: undefined, modelSpec: inlineModel })],
];

for (const [object, field, message] of BROKEN) {
  Deno.test(`${object.kind}, ${field}: ${message}`, () => {
    const result = parseObject(object);
    assert(result.outcome === "invalid");
    const problems = result.problems.map(({ path, message }) => [showPath(path), message]);
    assert.deepEqual(problems, [[field, message]]);
  });
}

for (const [title, object] of KEPT) {
  Deno.test(`valid: ${title}`, () => assert.equal(parseObject(object).outcome, "parsed"));
}

Deno.test("every rule of the CRDs has a refinement with the same words", () => {
  const inCrds = Object.values(customKinds).flatMap((kind) =>
    rulesIn(rootSchema(kind)).map((message) => `${kind.kind}: ${message}`)
  );
  const refused = BROKEN.map(([{ kind }, , message]) => `${kind}: ${message}`);
  assert.deepEqual([...new Set(inCrds)].sort(), [...new Set(refused)].sort());
});

for (const kind of Object.values(customKinds)) {
  Deno.test(`every refinement of ${kind.kind} stands in its CRD`, () => {
    const found = new Map<string, { refinements: number; declared: number }>();
    z.toJSONSchema(kind.schema, {
      io: "input",
      // Called for a schema and for each that it was made from: the last has all of both.
      override({ zodSchema, jsonSchema, path }) {
        const checks = zodSchema._zod.def.checks ?? [];
        const refinements = checks.filter((check) => check._zod.def.check === "custom").length;
        const rules = jsonSchema["x-kubernetes-validations"] as unknown[] | undefined;
        // That the keys of such a list are unique is a refinement in zod and a keyword in a CRD.
        const uniqueKeys = jsonSchema["x-kubernetes-list-type"] === "map" ? 1 : 0;
        const before = found.get(showPath(path)) ?? { refinements: 0, declared: 0 };
        found.set(showPath(path), {
          refinements: Math.max(before.refinements, refinements),
          declared: Math.max(before.declared, (rules?.length ?? 0) + uniqueKeys),
        });
      },
    });
    for (const [path, { refinements, declared }] of found) {
      assert.equal(refinements, declared, path);
    }
  });
}

function rootSchema(kind: CustomKind): StructuralSchema {
  return customResourceDefinition(kind).spec.versions[0]!.schema.openAPIV3Schema;
}

function rulesIn(schema: StructuralSchema): string[] {
  const children = [
    ...Object.values(schema.properties ?? {}),
    ...[schema.items, schema.additionalProperties].filter((child) => child !== undefined),
  ];
  const own = (schema["x-kubernetes-validations"] ?? []).map(({ message }) => message);
  return [...own, ...children.flatMap(rulesIn)];
}

function nameMessage(): string {
  return "metadata.name cannot name a Service, should be at most 63 lower-case letters, digits " +
    "and '-', start with a letter and end with a letter or digit";
}
