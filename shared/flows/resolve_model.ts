import { isSet } from "../api/local_reference.ts";
import type { ModelSpec } from "../api/model.ts";
import type { JsonObject, ServedFallback, ServedModel, ServedPlugin } from "./flow_server.ts";
import { follow, problemOf, type Referrer } from "./follow.ts";
import type { Lookup } from "./lookup.ts";
import type { FlowContent, FlowPlace } from "./resolve.ts";
import type { ResolveProblem } from "./resolve_problem.ts";

/** A flow's model with its provider; both absent where the flow names no model. */
export interface ResolvedModel {
  model?: ServedModel;
  plugin?: ServedPlugin;
  /** The models that are asked where it fails, in order. */
  fallbacks?: ServedFallback[];
  problems: ResolveProblem[];
}

/** Follows Flow → Model → PluginConfig, or an inline model → PluginConfig; a list, one by one. */
export function resolveModel(
  place: FlowPlace,
  content: FlowContent,
  lookup: Lookup,
): ResolvedModel {
  const problems: ResolveProblem[] = [];
  const sources = modelSources(place, content, lookup, problems);
  const [first = {}, ...others] = sources.map((source) =>
    resolveSource(source, place, lookup, problems)
  );
  const fallbacks = others.flatMap(({ model, plugin }) => model && plugin ? { model, plugin } : []);
  return { ...first, ...fallbacks.length > 0 && { fallbacks }, problems };
}

/** A model's fields, and the object and path at which they stand. */
interface ModelSource {
  spec: ModelSpec;
  referrer: Referrer;
  path: (string | number)[];
}

function resolveSource(
  { spec, referrer, path }: ModelSource,
  place: FlowPlace,
  lookup: Lookup,
  problems: ResolveProblem[],
): Pick<ResolvedModel, "model" | "plugin"> {
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
  if (spec.retry) model.retry = spec.retry;

  const found = follow({
    kind: "PluginConfig",
    name: spec.pluginConfigRef.name,
    referrer,
    path: [...path, "pluginConfigRef", "name"],
    place,
    lookup,
    problems,
  });
  if (found === undefined) return { model };
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
  };
}

/** Where the flow's models stand, in the order of preference. */
function modelSources(
  place: FlowPlace,
  { modelRef, modelSpec, models = [] }: FlowContent,
  lookup: Lookup,
  problems: ResolveProblem[],
): ModelSource[] {
  const { owner } = place;
  if (modelSpec !== undefined) {
    return [{ spec: modelSpec, referrer: owner, path: [...place.path, "modelSpec"] }];
  }
  const named = models.map(({ name }, index) => ({ name, at: ["models", index] }));
  if (isSet(modelRef)) named.unshift({ name: modelRef.name, at: ["modelRef"] });
  const names = named.map(({ name }) => name);
  return named.flatMap(({ name, at }, index): ModelSource[] => {
    const path = [...place.path, ...at, "name"];
    if (name !== "" && names.indexOf(name) < index) {
      const message = `names the Model "${name}" a second time, should be another one`;
      problems.push(problemOf(owner, place.namespace, path, message));
      return [];
    }
    const model = follow({ kind: "Model", name, referrer: owner, path, place, lookup, problems });
    return model === undefined ? [] : [{ spec: model.spec, referrer: model, path: ["spec"] }];
  });
}

/** Tells whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
