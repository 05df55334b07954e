/** Markup and script that would show if a text were taken for markup. */
export const HOSTILE = `<img src=x onerror=alert(1)><script>alert(1)</script>`;

/** A Flow on echo with one prompt; `input` is its schema in Picoschema or JSON Schema, as YAML in one line. */
export function flow(
  name: string,
  {
    input = "{ name: string }",
    template = "Hi {{name}}",
    plugin = "echo",
    provider = "echo",
    spec = "",
  } = {},
): string {
  return `---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: ${provider}, model: ${provider}-model, pluginConfigRef: { name: ${plugin} } }
${spec}  prompts:
    - prompt:
        name: ${name}-prompt
        content: |
          ---
          input: { schema: ${input} }
          ---
          ${template}
`;
}

/** A PluginConfig of echo with settings of its own, as YAML in one line. */
export function echo(name: string, settings = "{}"): string {
  return `---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: ${name} }
spec: { type: echo, extraConfig: { echo: ${settings} } }
`;
}

/** A PluginConfig of a Gemini server, with its Secret. */
export function gemini(name: string, url: string, key: string): string {
  return `---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: ${name} }
spec: { type: googleai, credentialsRef: { name: ${name}-keys }, extraConfig: { baseURL: "${url}" } }
---
apiVersion: v1
kind: Secret
metadata: { name: ${name}-keys }
stringData: { GEMINI_API_KEY: "${key}" }
`;
}

/** An HTTP tool that waits for approval, with what its model is told as `description`. */
export function tool(name: string, url: string): string {
  return `---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: ${name} }
spec:
  definition:
    name: ${name}
    description: Pays an order back
    inputSchema: { type: object }
  implementation:
    http: { url: "${url}" }
    approval: Required
`;
}

/** A Secret with one key of a caller. */
export function callers(name: string, key: string): string {
  return `---
apiVersion: v1
kind: Secret
metadata: { name: ${name} }
stringData: { ann: "${key}" }
`;
}

/** Every kind of field, with hostile texts wherever one can be. */
export const MANY_FIELDS = `{ type: object, required: [title, count, urgent, size], properties: {
            title: { type: string, description: '${HOSTILE}' },
            count: { type: integer, minimum: 1, default: 3 },
            ratio: { type: number },
            urgent: { type: boolean },
            loud: { type: boolean },
            size: { type: string, enum: [small, '${HOSTILE}', large] },
            day: { type: string, format: date },
            tags: { type: array, items: { type: string } },
            address: { type: object, properties: { street: { type: string } } },
            '${HOSTILE}': { type: string } } }`;
