import { objectOf } from "../../unit/api/objects.ts";

/** The image of the flows' pods. */
export const RUNNER = "genkitd:test";

/** Pods are asked each second, not each ten: rollouts of the journeys need not wait for that. */
export const OFTEN = { periodSeconds: 1 };

/** A Secret with one key, as PluginConfigs of {@linkcode shared} refer to it. */
export function secret(name: string, value: string): object {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, stringData: { ECHO_KEY: value } };
}

/** A PluginConfig of the provider that says back what it is asked. */
export function pluginConfig(name: string, secret: string): object {
  return objectOf("PluginConfig", { type: "echo", credentialsRef: { name: secret } }, name);
}

/** A Model of it, of the PluginConfig `echo`; `defaultConfig` says how it answers. */
export function model(name: string, defaultConfig: object = {}, config = "echo"): object {
  const pluginConfigRef = { name: config };
  return objectOf(
    "Model",
    { provider: "echo", model: "echo", pluginConfigRef, defaultConfig },
    name,
  );
}

/** A Prompt. */
export function prompt(name: string, content: string): object {
  return objectOf("Prompt", { content }, name);
}

/** A Flow of the Model `echo` and the Prompt of its own name, but for what is given. */
export function flow(name: string, spec: Record<string, unknown> = {}): object {
  const modelRef = spec.models === undefined ? { modelRef: { name: "echo" } } : {};
  const usual = { image: RUNNER, probes: OFTEN, ...modelRef, promptRefs: [{ name }] };
  return objectOf("Flow", { ...usual, ...spec }, name);
}

/** What most flows of the journeys share: a Secret, a PluginConfig and a Model. */
export const SHARED: readonly object[] = [
  secret("echo-keys", "one"),
  pluginConfig("echo", "echo-keys"),
  model("echo"),
];
