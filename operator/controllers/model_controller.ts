import type { Model } from "../../shared/api/model.ts";
import { resolveModel } from "../../shared/flows/resolve_model.ts";
import type { Controller, Failure } from "../engine/controller.ts";
import { accepted } from "./accepted.ts";
import { pluginConfigFailures } from "./plugin_config_failures.ts";
import { referableFailures } from "./referable_failures.ts";

/** The controller of Models: their PluginConfig exists, can be used, and is of their provider. */
export const modelController: Controller<Model> = {
  kind: "Model",
  owns: [],
  async reconcile(model, read) {
    const { name, namespace = "" } = model.metadata;
    const { provider, model: id, pluginConfigRef } = model.spec;
    const place = { owner: model, namespace, path: ["spec"], name };
    const { problems } = resolveModel(place, { modelRef: { name } }, read);
    const config = read.find("PluginConfig", namespace, pluginConfigRef.name);
    const inConfig = config.outcome === "found"
      ? await pluginConfigFailures(config.object, read)
      : [];
    return accepted(`${provider}/${id} by PluginConfig "${pluginConfigRef.name}"`, [
      ...referableFailures(model, problems),
      ...inConfig.map(inReferred),
    ]);
  },
};

/** What is wrong in another object is mended there. */
function inReferred(failure: Failure): Failure {
  if (failure.failure !== "invalid") return failure;
  return { ...failure, failure: "blocked", reason: "InvalidDependency" };
}
