import type { KnownObject } from "../api/kinds.ts";
import type { ModelSpec } from "../api/model.ts";
import { isSet } from "../api/local_reference.ts";
import type { PluginConfig } from "../api/plugin_config.ts";
import { type DeprecatedModel, findDeprecation } from "../deprecated_models.ts";
import { contents } from "../flows/resolve.ts";
import { isJsonObject } from "../flows/resolve_model.ts";
import { suggestion } from "../nearest.ts";
import { findProvider, PROVIDERS } from "../providers.ts";
import { checkSettings } from "./check_settings.ts";
import type { ObjectFinding } from "./lint_finding.ts";
import type { LintRule } from "./lint_rules.ts";
import { type LintScope, namespaceOf } from "./lint_scope.ts";

/** Checks what an object says of models and providers by itself. */
export function checkModels(object: KnownObject, scope: LintScope): ObjectFinding[] {
  switch (object.kind) {
    case "Model":
      return ofModel(object, object.spec, ["spec"]);
    case "PluginConfig":
      return ofPluginConfig(object, scope);
    case "Flow":
    case "FlowSet":
      return contents(object, namespaceOf(object)).flatMap(({ place, content }) => {
        const { modelSpec, modelRef, models = [] } = content;
        if (modelSpec) return ofModel(object, modelSpec, [...place.path, "modelSpec"]);
        if (isSet(modelRef) || models.length > 0) return [];
        const message =
          `the flow "${place.name}" has no model: set modelRef, modelSpec or models, ` +
          "unless its image brings one along";
        return [finding(object, "no-model", place.path, message)];
      });
    default:
      return [];
  }
}

/** Says when a model ends, and what its provider names in its place. */
export function deprecationMessage(
  model: string,
  { shutdown, replacement }: DeprecatedModel,
): string {
  return `the model "${model}" ends on ${shutdown} by its provider's page, which names ` +
    `"${replacement}" in its place`;
}

function ofModel(object: KnownObject, spec: ModelSpec, path: (string | number)[]): ObjectFinding[] {
  const { provider, model, defaultConfig } = spec;
  const end = findDeprecation(provider, model);
  const config = isJsonObject(defaultConfig) ? defaultConfig : {};
  return [
    ...end
      ? [finding(object, "deprecated-model", [...path, "model"], deprecationMessage(model, end))]
      : [],
    ...checkSettings(provider.toLowerCase(), config).map(({ rule, key, message }) =>
      finding(object, rule, [...path, "defaultConfig", key], message)
    ),
  ];
}

function ofPluginConfig(object: PluginConfig, scope: LintScope): ObjectFinding[] {
  const { type, region, extraConfig, credentialsRef } = object.spec;
  const provider = findProvider(type.toLowerCase());
  if (provider === undefined) {
    const names = PROVIDERS.map(({ type }) => type);
    const message = `is "${type}", should be one of ${names.join(", ")}${suggestion(type, names)}`;
    return [finding(object, "unknown-provider", ["spec", "type"], message)];
  }
  const settings = extraConfig ?? {};
  if (!isJsonObject(settings)) {
    const message = `is ${JSON.stringify(extraConfig)?.slice(0, 80)}, should be an object`;
    return [finding(object, "invalid-provider-settings", ["spec", "extraConfig"], message)];
  }
  const findings: ObjectFinding[] = [];
  try {
    provider.hosts({
      region,
      extraConfig: settings,
      // A Secret may name the host; without one, the settings must.
      ...!isSet(credentialsRef) && { credentials: {} },
    });
  } catch (error) {
    const { message } = error as Error;
    const setting = /^Cannot use extraConfig\.(\w+)/.exec(message)?.[1];
    const path = setting === undefined ? ["spec"] : ["spec", "extraConfig", setting];
    findings.push(finding(object, "invalid-provider-settings", path, message));
  }
  return [...findings, ...misspelled(object, settings), ...missingKeys(object, scope)];
}

/** What providers read of `extraConfig` (docs/providers.md). Other keys are for others' runners. */
const EXTRA_SETTINGS = [
  ...["baseURL", "baseUrl", "endpoint", "serverAddress", "tokenURL", "apiVersion", "headers"],
  ...["organization", "project", "projectId", "location", "region", "betas", "guardrailConfig"],
  ...["maxTokensField", "streamUsage", "echo"],
];

/** A base URL that is misspelled sends the credentials to the provider's usual one. */
function misspelled(object: PluginConfig, settings: Record<string, unknown>): ObjectFinding[] {
  return Object.keys(settings).filter((key) => !EXTRA_SETTINGS.includes(key)).flatMap((key) => {
    const meant = suggestion(key, EXTRA_SETTINGS);
    if (meant === "") return [];
    const path = ["spec", "extraConfig", key];
    return [finding(object, "misspelled-setting", path, `is not known${meant}`)];
  });
}

/** The keys that a Secret of the files should have. One that is not there may come from elsewhere. */
function missingKeys(object: PluginConfig, scope: LintScope): ObjectFinding[] {
  const { type, credentialsRef, credentialKeys = [] } = object.spec;
  if (!isSet(credentialsRef)) return [];
  const { name } = credentialsRef;
  const secret = scope.set.secret(namespaceOf(object), name);
  if (secret === undefined) return [];
  const has = (key: string) => Object.hasOwn(secret, key);
  const provider = findProvider(type.toLowerCase());
  if (credentialKeys.length === 0 && provider?.insteadKeys?.some(has)) return [];
  const groups = credentialKeys.length > 0
    ? credentialKeys.map((key) => [key])
    : provider?.credentialKeys ?? [];
  return groups.filter((group) => !group.some(has)).map((group) => {
    const keys = group.map((key) => `"${key}"`).join(" or ");
    const message = `the Secret "${name}" has no key ${keys}` +
      suggestion(group[0]!, Object.keys(secret));
    return finding(object, "missing-secret-key", ["spec", "credentialsRef", "name"], message);
  });
}

function finding(
  object: KnownObject,
  rule: LintRule,
  path: (string | number)[],
  message: string,
): ObjectFinding {
  const { kind, metadata: { name } } = object;
  return { rule, object: { kind, namespace: namespaceOf(object), name }, path, message };
}
