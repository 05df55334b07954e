/** The labels of an object that a FlowSource applied: whose it is. */
export const SOURCE_LABEL = {
  name: "genkit.dev/source",
  namespace: "genkit.dev/source-namespace",
} as const;

/** What keeps a FlowSource until what it applied is removed. */
export const SOURCE_FINALIZER = "genkit.dev/source";

/** The annotation of a FlowSource whose change has it synced at once. */
export const RECONCILE_REQUESTED_AT = "genkit.dev/reconcile-requested-at";

/** A FlowSource, by its name. */
export interface SourceName {
  namespace: string;
  name: string;
}

/** The labels of what a FlowSource applies. */
export function sourceLabels({ namespace, name }: SourceName): Record<string, string> {
  return { [SOURCE_LABEL.name]: name, [SOURCE_LABEL.namespace]: namespace };
}

/** The FlowSource that an object's labels name, if they name one. */
export function sourceOf(labels: Record<string, string> = {}): SourceName | undefined {
  const { [SOURCE_LABEL.name]: name, [SOURCE_LABEL.namespace]: namespace } = labels;
  return name === undefined || namespace === undefined ? undefined : { namespace, name };
}

/** What the field managers of FlowSources begin with. */
export const SOURCE_MANAGER_PREFIX = "genkitd-source/";

/** The field manager of a FlowSource: at most 78 characters, and Kubernetes takes 128. */
export function sourceManager({ name }: SourceName): string {
  return `${SOURCE_MANAGER_PREFIX}${name}`;
}
