/** A PluginConfig of the provider that answers by the prompt. */
export const ECHO = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;

/** A Flow that answers `text`; it needs {@linkcode ECHO}. */
export function echoFlow(name: string, text: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: ${name}, content: "${text}" } }]
`;
}

/** Calls a flow, and gives what it answers. */
export async function call(url: string, flow: string): Promise<string> {
  const response = await fetch(`${url}/${flow}`, { method: "POST", body: "{}" });
  return await response.text();
}

/** Asks again and again until the answer is as it should be; gives that. */
export async function eventually<T>(ask: () => Promise<T>, should: (answer: T) => boolean) {
  const deadline = performance.now() + 120_000;
  for (;;) {
    const answer = await ask().catch((error: Error) => error);
    if (!(answer instanceof Error) && should(answer)) return answer;
    if (performance.now() > deadline) {
      throw answer instanceof Error ? answer : new Error(`It is ${JSON.stringify(answer)} still`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
