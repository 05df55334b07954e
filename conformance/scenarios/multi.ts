import { toolHeadersDir } from "../../shared/contract/paths.ts";
import type { Scenario, Surroundings } from "../scenario.ts";
import { frontmatter, PLAIN } from "./flow_files.ts";
import { keyOf, type MultiFlow, multiTree } from "./multi_tree.ts";

/** The text that a prompt with characters of several scripts says before its input. */
export const SCRIPTS = "Grüße, Þórr! 日本語 مرحبا 🚀👩‍🚀";

/** How many bytes the big prompt has: half of what a ConfigMap may hold. */
export const BIG = 512 * 1024;

/** What the partial says. */
export const SIGNATURE = "Yours, the partial";

/** What the prompt's frontmatter and what config.json ask for. */
export const TEMPERATURES = { prompt: 0.25, config: 0.75 } as const;

/** What the prompt takes where its caller gives nothing. */
export const DEFAULT_TEXT = "a-text-by-default";

/** A header whose value is in a Secret. */
export const TOOL_HEADER = { name: "X-Tool-Key", value: "conformance-tool-key" } as const;

/** What a model is told of the tool. */
export const LOOK = {
  name: "look",
  description: "Looks what the weather is like",
  inputSchema: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
  },
} as const;

/** Flows that each show one thing. */
export const multi: Scenario = {
  name: "multi",
  content: (surroundings) => multiTree(flows(surroundings), surroundings),
};

function flows({ root, provider, toolUrl }: Surroundings): MultiFlow[] {
  const http = (path: string, rest = {}) => ({
    http: { url: `${toolUrl}${path}`, method: "POST", ...rest },
  });
  const sealed = `flows/sealed/${toolHeadersDir("look")}`;
  const tooled = (name: string, tool: string, implementation: unknown): MultiFlow => ({
    name,
    prompts: { [name]: `${frontmatter("tools:", `  - ${tool}`)}Say this again: {{text}}\n` },
    tools: { [tool]: { definition: { ...LOOK, name: tool }, implementation } },
  });
  const prompt = (name: string, source: string): MultiFlow => ({
    name,
    prompts: { [name]: source },
  });
  return [
    { name: "greeter", credential: keyOf("greeter") },
    { name: "second", credential: keyOf("second") },
    { name: "newline", credential: `${keyOf("newline")}\n` },
    {
      name: "chosen",
      entrypoint: "the-entry",
      prompts: { "a-first": "The wrong prompt: {{text}}", "the-entry": PLAIN },
    },
    { name: "moved", dir: "flows/in-another-folder" },
    {
      name: "unknown-keys",
      config: { "x-conformance": { of: ["a", "later", "version"] } },
      model: { "x-conformance": true },
    },
    prompt("unicode", `${frontmatter()}${SCRIPTS} {{text}}\n`),
    prompt("big", `${frontmatter()}${"All work and no play. ".repeat(BIG / 22)}{{text}}\n`),
    {
      name: "signed",
      prompts: {
        signed: `${frontmatter()}{{text}} {{>signature}}\n`,
        _signature: SIGNATURE,
      },
    },
    prompt(
      "other-model",
      PLAIN.replace("---", `---\nmodel: ${provider.type}/${provider.models[1]}`),
    ),
    prompt("cool", PLAIN.replace("---", `---\nconfig:\n  temperature: ${TEMPERATURES.prompt}`)),
    { name: "configured", model: { config: { temperature: TEMPERATURES.config } } },
    prompt("defaults", PLAIN.replace("input:", `input:\n  default:\n    text: ${DEFAULT_TEXT}`)),
    { name: "healthz" },
    tooled("tooled", "look", http("/look")),
    tooled("asking", "ask", { flowRef: { name: "other", url: `${toolUrl}/flow` } }),
    {
      ...tooled("sealed", "look", {
        ...http("/sealed", {
          headersSecretRef: { name: "tool" },
          headersDir: `${root}/${sealed}`,
        }),
      }),
      files: { [`${toolHeadersDir("look")}/${TOOL_HEADER.name}`]: TOOL_HEADER.value },
    },
  ];
}
