import { BROKEN_SOURCES, GIT, OCI } from "../unit/api/broken_sources.ts";
import { flowSetOf, objectOf } from "../unit/api/objects.ts";

const flowOf = (spec: unknown, name?: string) => objectOf("Flow", spec, name);

const INLINE_MODEL = { provider: "echo", model: "echo", pluginConfigRef: { name: "echo" } };
const INLINE_PROMPT = { name: "p", content: "Hello" };
const REFS = [{ name: "a" }];

const NOT_A_SERVICE_NAME = "metadata.name cannot name a Service";
const MODELS_AND_MODEL = "models is set beside modelRef or modelSpec, should be one of them";
const BOTH_MODELS = "modelRef and modelSpec are both set, should be one of them";
const BOTH_PROMPTS = "prompts and promptRefs are both set, should be one of them";
const BOTH_TOOLS = "tools and toolRefs are both set, should be one of them";
const BOTH_IN_PROMPT = "promptRef and prompt are both set, should be one of them";
const NONE_IN_PROMPT = "neither promptRef nor prompt is set, should be one of them";
const SMALL_MAXIMUM = "minReplicas is larger than maxReplicas, should be at most that";
const BOTH_BUDGETS = "minAvailable and maxUnavailable are both set, should be one of them";

const RESERVED_LABEL = "sets a label that is genkitd's own, should set none of";

/** Server settings that break a rule: they are the same for a Flow and a FlowSet. */
const BROKEN_SETTINGS: [settings: Record<string, unknown>, field: string, message: string][] = [
  [{ autoscaling: { minReplicas: 3, maxReplicas: 2 } }, "autoscaling", SMALL_MAXIMUM],
  [
    { podDisruptionBudget: { minAvailable: 1, maxUnavailable: 1 } },
    "podDisruptionBudget",
    BOTH_BUDGETS,
  ],
  [{ podLabels: { team: "a", "genkit.dev/flowset": "other" } }, "podLabels", RESERVED_LABEL],
];

const SERVER = { url: "https://mcp.example.com" };

/** Objects that break one CEL rule each: the field at fault, and how the message begins. */
export const BROKEN_OBJECTS: [object: CustomObject, field: string, message: string][] = [
  [flowOf({}, "9lives"), "", NOT_A_SERVICE_NAME],
  [flowOf({}, "a".repeat(64)), "", NOT_A_SERVICE_NAME],
  [{ ...flowSetOf({}), metadata: { name: "a.b" } }, "", NOT_A_SERVICE_NAME],
  [flowOf({ modelRef: { name: "m" }, modelSpec: INLINE_MODEL }), "spec", BOTH_MODELS],
  [
    flowOf({ prompts: [{ promptRef: { name: "p" } }], promptRefs: REFS }),
    "spec",
    BOTH_PROMPTS,
  ],
  [flowOf({ modelRef: { name: "m" }, models: REFS }), "spec", MODELS_AND_MODEL],
  [flowSetOf({ models: REFS }), "spec.flows[0]", MODELS_AND_MODEL],
  [flowOf({ tools: REFS, toolRefs: REFS }), "spec", BOTH_TOOLS],
  [
    flowOf({ prompts: [{ promptRef: { name: "p" }, prompt: INLINE_PROMPT }] }),
    "spec.prompts[0]",
    BOTH_IN_PROMPT,
  ],
  [
    flowOf({ prompts: [{ prompt: INLINE_PROMPT }, { promptRef: {} }] }),
    "spec.prompts[1]",
    NONE_IN_PROMPT,
  ],
  [flowSetOf({ modelSpec: INLINE_MODEL }), "spec.flows[0]", BOTH_MODELS],
  [
    flowSetOf({ modelRef: { name: "" } }),
    "spec.flows[0]",
    "neither modelRef, modelSpec nor models is set, should be one of them",
  ],
  [flowSetOf({ promptRefs: REFS }), "spec.flows[0]", BOTH_PROMPTS],
  [
    flowSetOf({ prompts: undefined }),
    "spec.flows[0]",
    "neither prompts nor promptRefs is set, should be one of them, with at least one entry",
  ],
  [flowSetOf({ tools: REFS, toolRefs: REFS }), "spec.flows[0]", BOTH_TOOLS],
  [
    flowSetOf({ prompts: [{ promptRef: { name: "p" }, prompt: INLINE_PROMPT }] }),
    "spec.flows[0].prompts[0]",
    BOTH_IN_PROMPT,
  ],
  [flowSetOf({ prompts: [{}] }), "spec.flows[0].prompts[0]", NONE_IN_PROMPT],
  ...[{ http: SERVER }, { flowRef: { name: "f" } }].map((other): typeof BROKEN_OBJECTS[number] => [
    objectOf("Tool", { definition: {}, implementation: { mcp: SERVER, ...other } }),
    "spec.implementation",
    "mcp is set beside http or flowRef, should be the only one of them",
  ]),
  ...[flowOf, flowSetOf].flatMap((of): typeof BROKEN_OBJECTS => {
    const auth = of === flowOf ? "spec.auth" : "spec.flows[0].auth";
    const jwt = { issuer: "accounts.example.com", audiences: ["a"] };
    return [
      [
        of({ schedule: { cron: "every day" } }),
        auth.replace("auth", "schedule"),
        "cron should be five or six fields with spaces between them",
      ],
      [of({ auth: {} }), auth, "neither apiKeys nor jwt is set, should be one of them or both"],
      [
        of({ auth: { apiKeys: { secretRef: {} } } }),
        `${auth}.apiKeys`,
        "secretRef names no Secret, should be the one with the callers' keys",
      ],
      [
        of({ auth: { jwt } }),
        `${auth}.jwt`,
        "jwksUri is not set and issuer is no URL to ask for it, should be one of them",
      ],
    ];
  }),
  ...BROKEN_SOURCES,
  ...BROKEN_SETTINGS.flatMap(([settings, field, message]): typeof BROKEN_OBJECTS => {
    const flowSet = flowSetOf({});
    return [
      [flowOf(settings), `spec.${field}`, message],
      [
        { ...flowSet, spec: Object.assign({}, flowSet.spec, settings) },
        `spec.${field}`,
        message,
      ],
    ];
  }),
];

/** An object of one of genkitd's own kinds. */
export interface CustomObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: unknown;
}

const SERVER_SETTINGS = {
  autoscaling: { maxReplicas: 3 },
  probes: {},
  env: [
    { name: "A", valueFrom: { configMapKeyRef: { key: "a" } } },
    { name: "B", valueFrom: { secretKeyRef: { key: "b" } } },
    { name: "C", valueFrom: { fileKeyRef: { key: "c", path: "c", volumeName: "c" } } },
  ],
};

/** Two objects a kind, so that every field with a default has a place where it is left out. */
export const SPARSE_OBJECTS: CustomObject[] = [
  objectOf("Dataset", { format: "jsonl", source: { configMapRef: {} } }),
  objectOf("Eval", {
    flowRef: {},
    datasetRef: {},
    metrics: ["correctness"],
    runnerImage: "runner",
    outputSink: { s3: { bucket: "b", credentialsRef: {} } },
  }),
  objectOf("FlowSource", { git: GIT, secretRef: {} }),
  objectOf("FlowSource", { oci: OCI }),
  objectOf("Model", { provider: "echo", model: "echo", pluginConfigRef: {}, retry: {} }),
  objectOf("PluginConfig", { type: "anthropic", credentialsRef: {} }),
  objectOf("Tool", {
    definition: { name: "t", description: "d", inputSchema: {} },
    implementation: {
      flowRef: {},
      http: { url: "http://example.test", headersSecretRef: {} },
    },
  }),
  objectOf("Tool", {
    definition: {},
    implementation: { mcp: { url: "http://example.test", headersSecretRef: {} } },
  }),
  flowOf({
    ...SERVER_SETTINGS,
    modelRef: {},
    modelSpec: { ...INLINE_MODEL, pluginConfigRef: {}, retry: {} },
    promptRefs: [{}],
    toolRefs: [{}],
    auth: { apiKeys: { secretRef: { name: "callers" } } },
  }),
  flowOf({ models: [{}], prompts: [{ promptRef: {}, prompt: INLINE_PROMPT }], tools: [{}] }),
  objectOf("FlowSet", {
    ...SERVER_SETTINGS,
    image: "runner",
    flows: [
      {
        name: "a",
        auth: { apiKeys: { secretRef: { name: "callers" } } },
        modelRef: {},
        modelSpec: { ...INLINE_MODEL, pluginConfigRef: {}, retry: {} },
        promptRefs: [{}],
        toolRefs: [{}],
      },
      {
        name: "b",
        models: [{}],
        prompts: [{ promptRef: {}, prompt: INLINE_PROMPT }],
        tools: [{}],
      },
    ],
  }),
];
