import { AUDIENCE } from "../unit/runner/guard/token_issuer.ts";
import { PLANTED_PROVIDERS } from "./planted_providers.ts";

/** What must never be told, wherever it stands. */
export const PLANTED = {
  callerKey: "planted-caller-key-0123456789",
  wrongKey: "planted-wrong-key-0123456789",
  toolHeader: "planted-tool-header-0123456789",
  claim: "PLANTED-CLAIM",
  prompt: "PLANTED-PROMPT",
  broken: "PLANTED-BROKEN",
  input: "PLANTED-INPUT",
  answer: "PLANTED-ANSWER",
  tool: "PLANTED-TOOL-OUTPUT",
  query: "PLANTED-QUERY",
  secret: "PLANTED-SECRET",
};
/** The objects of a flow for each provider, and of several that cannot be served. */
export function plantedObjects(urls: ReadonlyMap<string, string>, issuer: string): string {
  const all = PLANTED_PROVIDERS.flatMap(({ type, model, region, extraConfig, credentials }) => {
    const url = urls.get(type)!;
    return [
      { kind: "Secret", apiVersion: "v1", metadata: { name: type }, stringData: credentials },
      {
        kind: "PluginConfig",
        metadata: { name: type },
        spec: {
          type,
          credentialsRef: { name: type },
          ...region && { region },
          extraConfig: extraConfig(url),
        },
      },
      {
        kind: "Tool",
        metadata: { name: `look-${type}` },
        spec: {
          definition: { name: "look", description: "Looks", inputSchema: { type: "object" } },
          implementation: {
            http: {
              url: `${url}/tool`,
              method: "POST",
              headersSecretRef: { name: "tool-headers" },
            },
          },
        },
      },
      flow(type, model, type, `look-${type}`, issuer),
    ];
  });
  const text = (content: string) => [{ prompt: { name: "main", content } }];
  const broken = (name: string, spec: Record<string, unknown>) => {
    const { metadata, ...rest } = flow("broken", "echo", "echo", undefined, issuer);
    return { ...rest, metadata: { ...metadata, name }, spec: { ...rest.spec, ...spec } };
  };
  const { secret, broken: planted } = PLANTED;
  return [
    {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name: "callers" },
      stringData: { ann: PLANTED.callerKey },
    },
    {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name: "tool-headers" },
      stringData: { "x-tool-key": PLANTED.toolHeader },
    },
    { kind: "PluginConfig", metadata: { name: "echo" }, spec: { type: "echo" } },
    ...all,
    broken("open-block", { prompts: text(`{{#if ${planted}}} ${planted}`) }),
    broken("no-helper", { prompts: text(`${planted} {{plantedHelper "${planted}"}}`) }),
    broken("no-yaml", { prompts: text(`---\ninput: [${planted}\n---\n${planted}`) }),
    broken("no-schema", { prompts: text(`---\ninput: {schema: 5}\n---\n${planted}`) }),
    broken("no-tool", { toolRefs: [{ name: "nowhere" }] }),
    broken("no-model", { modelSpec: undefined, modelRef: { name: "nowhere" } }),
    broken("no-config", {
      modelSpec: { provider: "openai", model: "x", pluginConfigRef: { name: "nowhere" } },
    }),
    {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name: "bad" },
      data: { key: `${secret} is no base64!` },
    },
    {
      kind: "Secret",
      apiVersion: "v1",
      metadata: { name: "worse" },
      stringData: { key: { [secret]: [secret] } },
    },
  ].map((object) => JSON.stringify({ apiVersion: "genkit.dev/v1alpha1", ...object })).join(
    "\n---\n",
  );
}

function flow(
  name: string,
  model: string,
  provider: string,
  tool: string | undefined,
  issuer: string,
) {
  const { prompt } = PLANTED;
  return {
    kind: "Flow",
    metadata: { name },
    spec: {
      image: "example.com/runner",
      modelSpec: { provider, model, pluginConfigRef: { name: provider } },
      ...tool && { toolRefs: [{ name: tool }] },
      prompts: [{
        prompt: {
          name: "main",
          content:
            `---\ninput: { schema: { name: string } }\n---\n${prompt}: greet {{name}} {{@auth.team}}`,
        },
      }],
      auth: {
        apiKeys: { secretRef: { name: "callers" } },
        jwt: { issuer, audiences: [AUDIENCE], claims: { role: "greeter" } },
      },
      limits: { timeoutSeconds: 120 },
    },
  };
}
