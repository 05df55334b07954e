/** The label, and its value, of everything that the operator makes. */
export const MANAGED_BY = "app.kubernetes.io/managed-by";
/** The value of {@linkcode MANAGED_BY}, as genkit-operator 0.5.0 has it. */
export const MANAGER = "genkit-operator";
/** The label with the name of the Flow or FlowSet that a child is of. */
export const SERVER_LABEL = { Flow: "genkit.dev/flow", FlowSet: "genkit.dev/flowset" } as const;

/** The labels of a server's children and pods: the Deployment's selector, which never changes. */
export function serverLabels(kind: "Flow" | "FlowSet", name: string): Record<string, string> {
  return { [MANAGED_BY]: MANAGER, [SERVER_LABEL[kind]]: name };
}

/** The label with the name of the Eval that a Job is of. */
export const EVAL_LABEL = "genkit.dev/eval";
