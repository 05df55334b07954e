import type { Model } from "../../shared/api/model.ts";
import { resolveModel } from "../../shared/flows/resolve_model.ts";
import type { Controller } from "../engine/controller.ts";
import { accepted, referableFailures } from "./referable_problems.ts";

/** The controller of Models: their PluginConfig exists and is of their provider. */
export const modelController: Controller<Model> = {
  kind: "Model",
  owns: [],
  reconcile(model, read) {
    const { name, namespace = "" } = model.metadata;
    const place = { owner: model, namespace, path: ["spec"], name };
    const { problems } = resolveModel(place, { modelRef: { name } }, read);
    const { provider, model: id, pluginConfigRef } = model.spec;
    return accepted(
      `${provider}/${id} by PluginConfig "${pluginConfigRef.name}"`,
      referableFailures(model, problems),
    );
  },
};
