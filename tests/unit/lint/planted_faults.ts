import type { LintRule } from "../../../shared/lint/lint_rules.ts";

/** A change of {@linkcode WELL} that is wrong, and who should find it where. */
export interface PlantedFault {
  name: string;
  /** The text that is replaced, once, and by what. */
  from: string;
  to: string;
  rule: LintRule;
  /** The text of the line that the finding points at. */
  line: string;
  /** The node of `explain flow/helper` that says it. */
  node: string;
  says: RegExp;
}

/** Objects of which nothing is wrong. */
export const WELL = `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata:
  name: helper
spec:
  image: runner:1
  modelRef:
    name: main
  prompts:
    - promptRef:
        name: help
    - prompt:
        name: _style
        content: Be brief.
  tools:
    - name: search
---
apiVersion: genkit.dev/v1alpha1
kind: Model
metadata:
  name: main
spec:
  provider: anthropic
  model: claude-opus-4-7
  pluginConfigRef:
    name: keys
  defaultConfig:
    temperature: 0.2
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata:
  name: keys
spec:
  type: anthropic
  extraConfig:
    baseURL: https://proxy.example
  credentialsRef:
    name: secret-keys
---
apiVersion: v1
kind: Secret
metadata:
  name: secret-keys
stringData:
  ANTHROPIC_API_KEY: sk-planted-value
---
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata:
  name: help
spec:
  content: |
    ---
    model: anthropic/claude-opus-4-7
    config:
      maxOutputTokens: 100
    tools: [find]
    input:
      schema:
        question: string
        tone?: string
      default:
        tone: kind
    ---
    {{>style}} Answer {{#if tone}}in a {{tone}} tone{{/if}}: {{question}}
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata:
  name: search
spec:
  definition:
    name: find
    description: Finds pages
  implementation:
    http:
      url: https://search.example/find
`;

/** Twenty ways to go wrong, each of which `lint` and `explain` find. */
export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: "a Model that is not there",
    from: "  modelRef:\n    name: main",
    to: "  modelRef:\n    name: mian",
    rule: "missing-reference",
    line: "    name: mian",
    node: "Model mian",
    says: /not found.*did you mean "main"/,
  },
  {
    name: "a Prompt that is not there",
    from: "        name: help\n",
    to: "        name: halp\n",
    rule: "missing-reference",
    line: "        name: halp",
    node: "Prompt halp",
    says: /not found.*did you mean "help"/,
  },
  {
    name: "a Tool that is not there",
    from: "    - name: search",
    to: "    - name: serach",
    rule: "missing-reference",
    line: "    - name: serach",
    node: "Tool serach",
    says: /not found.*did you mean "search"/,
  },
  {
    name: "a PluginConfig that is not there",
    from: "  pluginConfigRef:\n    name: keys",
    to: "  pluginConfigRef:\n    name: key",
    rule: "missing-reference",
    line: "    name: key",
    node: "PluginConfig key",
    says: /not found.*did you mean "keys"/,
  },
  {
    name: "a Secret that is nearly called so",
    from: "    name: secret-keys\n---",
    to: "    name: secret-kyes\n---",
    rule: "misspelled-secret",
    line: "    name: secret-kyes",
    node: "Secret secret-kyes",
    says: /did you mean "secret-keys"/,
  },
  {
    name: "a Secret without the provider's key",
    from: "  ANTHROPIC_API_KEY:",
    to: "  ANTHROPIC_APIKEY:",
    rule: "missing-secret-key",
    line: "    name: secret-keys",
    node: "PluginConfig keys",
    says: /has no key "ANTHROPIC_API_KEY" \(did you mean "ANTHROPIC_APIKEY"\?\)/,
  },
  {
    name: "a Model of another provider than its PluginConfig",
    from: "  provider: anthropic",
    to: "  provider: openai",
    rule: "invalid-model",
    line: "  provider: openai",
    node: "Model main",
    says: /is "openai", and PluginConfig "keys" is of type "anthropic"/,
  },
  {
    name: "a provider that does not exist",
    from: "  type: anthropic",
    to: "  type: antropic",
    rule: "unknown-provider",
    line: "  type: antropic",
    node: "PluginConfig keys",
    says: /did you mean "anthropic"/,
  },
  {
    name: "a base URL that is none",
    from: "baseURL: https://proxy.example",
    to: "baseURL: proxy.example",
    rule: "invalid-provider-settings",
    line: "    baseURL: proxy.example",
    node: "PluginConfig keys",
    says: /extraConfig\.baseURL/,
  },
  {
    name: "a prompt's model that the flow's provider does not have",
    from: "    model: anthropic/claude-opus-4-7",
    to: "    model: openai/gpt-5",
    rule: "foreign-model",
    line: "    model: openai/gpt-5",
    node: "Prompt help",
    says: /asks for the model "openai\/gpt-5"/,
  },
  {
    name: "a prompt's model that is none of the flow's Models",
    from: "    model: anthropic/claude-opus-4-7",
    to: "    model: anthropic/claude-opus-4-6",
    rule: "model-not-in-flow",
    line: "    model: anthropic/claude-opus-4-6",
    node: "Prompt help",
    says: /none of the flow's .*did you mean "anthropic\/claude-opus-4-7"/,
  },
  {
    name: "a prompt's tool that the flow does not have",
    from: "    tools: [find]",
    to: "    tools: [fnd]",
    rule: "unknown-tool",
    line: "    tools: [fnd]",
    node: "Prompt help",
    says: /asks for the tool "fnd".*did you mean "find"/,
  },
  {
    name: "a setting that the provider does not take",
    from: "      maxOutputTokens: 100",
    to: "      frequencyPenalty: 1",
    rule: "unsupported-setting",
    line: "      frequencyPenalty: 1",
    node: "Prompt help",
    says: /"config\.frequencyPenalty" is not a setting that the provider "anthropic" takes/,
  },
  {
    name: "a setting outside of config",
    from: "    config:\n      maxOutputTokens: 100",
    to: "    temperature: 0.1",
    rule: "ignored-setting",
    line: "  content: |",
    node: "Prompt help",
    says: /"temperature" has no effect where it stands/,
  },
  {
    name: "a temperature that cannot be meant",
    from: "    temperature: 0.2",
    to: "    temperature: 20",
    rule: "invalid-setting",
    line: "    temperature: 20",
    node: "Model main",
    says: /is 20, should be a number from 0 to 1/,
  },
  {
    name: "a template with a block that is not closed",
    from: " tone{{/if}}:",
    to: " tone:",
    rule: "invalid-prompt",
    line: "    {{>style}} Answer {{#if tone}}in a {{tone}} tone: {{question}}",
    node: "Prompt help",
    says: /is not closed/,
  },
  {
    name: "a partial that the flow does not have",
    from: "    {{>style}}",
    to: "    {{>stile}}",
    rule: "invalid-prompt",
    line: "    {{>stile}} Answer {{#if tone}}in a {{tone}} tone{{/if}}: {{question}}",
    node: "Prompt help",
    says: /includes the partial "stile".*did you mean "style"/,
  },
  {
    name: "a default that does not fit the input's schema",
    from: "        tone: kind",
    to: "        tune: kind",
    rule: "invalid-default",
    line: "        tune: kind",
    node: "Prompt help",
    says: /default of "tune".*no such field/,
  },
  {
    name: "a model that its provider ends",
    from: "  model: claude-opus-4-7",
    to: "  model: claude-opus-4-0",
    rule: "deprecated-model",
    line: "  model: claude-opus-4-0",
    node: "Model main",
    says: /ends on 2026-06-15/,
  },
  {
    name: "a Tool whose URL is none",
    from: "      url: https://search.example/find",
    to: "      url: search.example/find",
    rule: "invalid-tool",
    line: "      url: search.example/find",
    node: "Tool search",
    says: /should be an http or https URL/,
  },
];

/** The objects with a fault. */
export function planted({ from, to }: Pick<PlantedFault, "from" | "to">): string {
  if (WELL.split(from).length !== 2) throw new Error(`"${from}" should stand there once`);
  return WELL.replace(from, () => to);
}
