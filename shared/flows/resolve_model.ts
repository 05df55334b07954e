import { isSet } from "../api/local_reference.ts";
import type { ModelSpec } from "../api/model.ts";
import type { JsonObject, ServedModel, ServedPlugin } from "./flow_server.ts";
import { follow, problemOf, type Referrer } from "./follow.ts";
import type { Lookup } from "./lookup.ts";
import type { FlowContent, FlowPlace } from "./resolve.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** A flow's model with its provider; both absent where the flow names no model. */
export interface ResolvedModel {
  model?: ServedModel;
  plugin?: ServedPlugin;
  problems: ResolveProblem[];
}

/** Follows Flow → Model → PluginConfig, or an inline model → PluginConfig. */
export function resolveModel(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
): ResolvedModel {
  const problems: ResolveProblem[] = [];
  const source = modelSource(place, content, lookup, problems);
  if (source === undefined) return { problems };
  const { spec, referrer, path } = source;
  const object = (value: unknown, at: (string | number)[], of: Referrer) => {
    if (value === undefined || value === null || isJsonObject(value)) return value ?? undefined;
    problems.push(
      problemOf(of, place.namespace, at, `is ${JSON.stringify(value)}, should be an object`),
    );
  };
  const model: ServedModel = { provider: spec.provider, model: spec.model };
  const info = object(spec.info, [...path, "info"], referrer);
  const config = object(spec.defaultConfig, [...path, "defaultConfig"], referrer);
  if (info) model.info = info;
  if (config) model.config = config;

  const found = follow({
    kind: "PluginConfig",
    name: spec.pluginConfigRef.name,
    referrer,
    path: [...path, "pluginConfigRef", "name"],
    place,
    lookup,
    problems,
  });
  if (found === undefined) return { model, problems };
  const settings = found.spec;
  // genkit-operator's runner takes the type in any case.
  if (settings.type.toLowerCase() !== spec.provider.toLowerCase()) {
    const message = `is "${spec.provider}", and PluginConfig "${found.metadata.name}" is of type ` +
      `"${settings.type}"; they should be the same`;
    problems.push(problemOf(referrer, place.namespace, [...path, "provider"], message));
  }
  const extraConfig = object(settings.extraConfig, ["spec", "extraConfig"], found);
  return {
    model,
    plugin: {
      type: settings.type,
      ...settings.region && { region: settings.region },
      ...extraConfig && { extraConfig },
      credentialKeys: settings.credentialKeys ?? [],
      ...isSet(settings.credentialsRef) && { secret: settings.credentialsRef.name },
    },
    problems,
  };
}

/** The model's fields, and the object and path at which they stand. */
function modelSource(
  place: FlowPlace,
  { modelRef, modelSpec }: FlowContent,
  lookup: Lookup,
  problems: ResolveProblem[],
): { spec: ModelSpec; referrer: Referrer; path: (string | number)[] } | undefined {
  if (modelSpec !== undefined) {
    return { spec: modelSpec, referrer: place.owner, path: [...place.path, "modelSpec"] };
  }
  if (!isSet(modelRef)) return undefined;
  const path = [...place.path, "modelRef", "name"];
  const name = modelRef.name;
  const model = follow({
    kind: "Model",
    name,
    referrer: place.owner,
    path,
    place,
    lookup,
    problems,
  });
  return model && { spec: model.spec, referrer: model, path: ["spec"] };
}

/** Tells whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
