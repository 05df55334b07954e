const FIXTURES = new URL("../../fixtures/", import.meta.url);
const SAMPLES = ["flow", "flowset", "model", "pluginconfig", "prompt", "tool"];

/** The images that the samples name. */
export const SAMPLE_IMAGES = [
  "ghcr.io/xavidop/genkit-runner:latest",
  "ghcr.io/xavidop/genkit-runner:v0.4.1",
];

/** What the samples refer to and do not bring along. */
const MISSING = `
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: anthropic-config, namespace: default }
spec: { type: echo }
---
apiVersion: genkit.dev/v1alpha1
kind: Model
metadata: { name: my-model, namespace: default }
spec: { provider: echo, model: echo, pluginConfigRef: { name: anthropic-config } }
---
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: greeting-en, namespace: default }
spec: { content: "Hello {{name}}" }
---
apiVersion: v1
kind: Secret
metadata: { name: anthropic-credentials, namespace: default }
stringData: { ANTHROPIC_API_KEY: none }
`;

/**
 * Gives genkit-operator 0.5.0's samples, or the objects of its FlowSet page, as YAML: as they are, but
 * that their models are answered by `echo` instead of Anthropic, who is out of reach.
 */
export async function echoSample(which: "samples" | "page"): Promise<string[]> {
  const names = which === "page"
    // The same FlowSet, with the objects that it refers to.
    ? ["../../examples/assistants.yaml"]
    : SAMPLES.map((kind) => `genkit-operator-0.5/samples/genkit_v1alpha1_${kind}.yaml`);
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, FIXTURES))));
  return [MISSING, ...texts].map((text) =>
    text.replaceAll(/(provider|type): anthropic\b/g, "$1: echo")
      .replaceAll("model: anthropic/", "model: echo/")
  );
}
