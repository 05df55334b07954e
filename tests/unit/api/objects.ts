/** An object of a kind in group genkit.dev, valid as long as `spec` is. */
export function objectOf(kind: string, spec: unknown, name = "demo") {
  return { apiVersion: "genkit.dev/v1alpha1", kind, metadata: { name }, spec };
}

/** A valid FlowSet of one flow; the fields given are set on the flow. */
export function flowSetOf(flow: Record<string, unknown>) {
  return objectOf("FlowSet", {
    image: "runner",
    flows: [{
      name: "greeter",
      modelRef: { name: "m" },
      prompts: [{ promptRef: { name: "p" } }],
      ...flow,
    }],
  });
}
