import type { KnownObject } from "../api/kinds.ts";
import { isSet, type LocalReference } from "../api/local_reference.ts";
import type { ModelSpec } from "../api/model.ts";
import { contents, type FlowContent } from "../flows/resolve.ts";
import { namespaceOf } from "./lint_scope.ts";

/** The kinds that references lead to. */
export type ReferredKind =
  | "Model"
  | "PluginConfig"
  | "Prompt"
  | "Tool"
  | "Flow"
  | "Dataset"
  | "Secret"
  | "ConfigMap";

/** A reference of an object to another one of its namespace. */
export interface Reference {
  kind: ReferredKind;
  name: string;
  /** Where the name stands in the object. */
  path: (string | number)[];
}

type Path = (string | number)[];

/** Gives every reference of an object, in the order in which people read them. */
export function referencesOf(object: KnownObject): Reference[] {
  switch (object.kind) {
    case "Flow":
    case "FlowSet":
      return [
        ...contents(object, namespaceOf(object))
          .flatMap(({ place, content }) => ofFlow(content, place.path)),
        ...(object.spec.env ?? []).flatMap(({ valueFrom }, index) => [
          ...reference("Secret", valueFrom?.secretKeyRef, ["spec", "env", index]),
          ...reference("ConfigMap", valueFrom?.configMapKeyRef, ["spec", "env", index]),
        ]),
      ];
    case "Model":
      return ofModel(object.spec, ["spec"]);
    case "PluginConfig":
      return reference("Secret", object.spec.credentialsRef, ["spec", "credentialsRef"]);
    case "Tool": {
      const { http, mcp, flowRef } = object.spec.implementation;
      const path = ["spec", "implementation"];
      return [
        ...reference("Secret", http?.headersSecretRef, [...path, "http", "headersSecretRef"]),
        ...reference("Secret", mcp?.headersSecretRef, [...path, "mcp", "headersSecretRef"]),
        ...reference("Flow", flowRef, [...path, "flowRef"]),
      ];
    }
    case "Eval": {
      const { flowRef, datasetRef } = object.spec;
      return [
        ...reference("Flow", flowRef, ["spec", "flowRef"]),
        ...reference("Dataset", datasetRef, ["spec", "datasetRef"]),
      ];
    }
    case "Dataset":
      return reference("ConfigMap", object.spec.source.configMapRef, [
        ...["spec", "source", "configMapRef"],
      ]);
    case "FlowSource":
      return reference("Secret", object.spec.secretRef, ["spec", "secretRef"]);
    default:
      return [];
  }
}

/** Gives the references of one flow, whose fields stand at `path`. */
export function ofFlow(content: FlowContent, path: Path): Reference[] {
  const { modelRef, modelSpec, models = [], promptRefs = [], prompts = [], auth } = content;
  const { tools = [], toolRefs = [] } = content;
  const list = (kind: ReferredKind, references: LocalReference[], field: string) =>
    references.flatMap((one, index) => reference(kind, one, [...path, field, index]));
  return [
    ...reference("Model", modelRef, [...path, "modelRef"]),
    ...modelSpec ? ofModel(modelSpec, [...path, "modelSpec"]) : [],
    ...list("Model", models, "models"),
    ...list("Prompt", promptRefs, "promptRefs"),
    ...prompts.flatMap(({ promptRef }, index) =>
      reference("Prompt", promptRef, [...path, "prompts", index, "promptRef"])
    ),
    ...list("Tool", tools, "tools"),
    ...list("Tool", toolRefs, "toolRefs"),
    ...reference("Secret", auth?.apiKeys?.secretRef, [...path, "auth", "apiKeys", "secretRef"]),
  ];
}

function ofModel({ pluginConfigRef }: ModelSpec, path: Path): Reference[] {
  return reference("PluginConfig", pluginConfigRef, [...path, "pluginConfigRef"]);
}

function reference(
  kind: ReferredKind,
  value: LocalReference | undefined,
  path: Path,
): Reference[] {
  return isSet(value) ? [{ kind, name: value.name, path: [...path, "name"] }] : [];
}
