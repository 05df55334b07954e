import type { Input } from "./server_inputs.ts";

/** What a rollout was about. */
export interface LastRollout {
  /** RFC 3339. */
  time: string;
  /** The content's SHA-256. */
  hash: string;
  changes: Change[];
}

/** A changed object, and which of its parts. */
export interface Change {
  kind: string;
  name: string;
  fields: string[];
}

/** The part of each kind that reaches a pod. */
const FIELDS: Readonly<Record<string, string>> = {
  Prompt: "content",
  Model: "model",
  PluginConfig: "provider",
  Tool: "tool",
  Flow: "route",
};

/** Where in a Deployment the fields of a server's spec end up, the first that fits. */
const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/annotations\.genkit\.dev\/content-hash|\.volumes\[?.*genkit/, ""],
  [/annotations\.genkit\.dev\/credentials-hash/, "credentials"],
  [/\.containers.*\.image/, "image"],
  [/\.containers.*\.env/, "env"],
  [/\.containers.*\.resources/, "resources"],
  [/\.containers.*\.(ports|containerPort)/, "port"],
  [/Probe\b/, "probes"],
  [/securityContext/, "securityContext"],
  [/\.(volumes|volumeMounts)/, "volumes"],
  [/\.(nodeSelector|affinity|tolerations|topologySpreadConstraints)/, "scheduling"],
  [/\.(labels|annotations)/, "podMetadata"],
  [/serviceAccount/, "serviceAccountName"],
];

/**
 * Says what changed with a rollout: the changed inputs, and the server itself with the field groups
 * in which its pod template differs (`paths`, as difference gives them).
 */
export function lastRollout(
  { owner, inputs, paths, hash, now }: {
    owner: { kind: string; metadata: { name: string } };
    /** The changed inputs, the server itself among them or not. */
    inputs: readonly Input[];
    paths: readonly string[];
    hash: string;
    now: number;
  },
): LastRollout {
  const { kind, metadata: { name } } = owner;
  const isOwner = (input: Input) => input.kind === kind && input.name === name;
  const groups = paths.filter((path) => path.startsWith("spec.template")).map((path) =>
    GROUPS.find(([pattern]) => pattern.test(path))?.[1] ?? "podTemplate"
  );
  const own = new Set(groups.filter((group) => group !== ""));
  if (own.size === 0 && inputs.some(isOwner)) own.add("content");
  if (own.size === 0 && inputs.length === 0) own.add("created");
  const others = inputs.filter((input) => !isOwner(input)).map(({ kind, name }) => ({
    kind,
    name,
    fields: [FIELDS[kind] ?? "spec"],
  }));
  return {
    time: `${new Date(now).toISOString().slice(0, 19)}Z`,
    hash,
    changes: [...others, ...own.size > 0 ? [{ kind, name, fields: [...own].sort() }] : []],
  };
}
