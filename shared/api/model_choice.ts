import { z } from "zod";
import { boundedReference, celIsSet, isSet, type LocalReference } from "./local_reference.ts";
import { modelSpec } from "./model.ts";
import type { Rule } from "./rule.ts";

interface ModelChoice {
  modelRef?: LocalReference | undefined;
  modelSpec?: unknown;
  models?: unknown[] | undefined;
}

/** The most Models of a flow. */
export const MAX_MODELS = 8;

/** The fields that choose a flow's model. */
export const modelChoice = {
  modelRef: boundedReference.optional().describe("The Model that the flow uses."),
  modelSpec: modelSpec.optional().describe("The model, written here instead of in a Model."),
  models: z.array(boundedReference).max(MAX_MODELS).optional().describe(
    "The Models that the flow uses, in the order of preference: the first answers, and the next " +
      "is asked where one fails in a way that another may not. In place of modelRef.",
  ),
};

const path = ["modelRef"];
const CEL_LISTED = "(has(self.models) && size(self.models) > 0)";

/** A flow has at most one model. */
export const oneModelAtMost: Rule<ModelChoice> = {
  cel: `!(${celIsSet("modelRef")} && has(self.modelSpec))`,
  message: "modelRef and modelSpec are both set, should be one of them",
  check: (self) => !(isSet(self.modelRef) && self.modelSpec !== undefined),
  path,
};

/** A list of models stands alone. */
export const modelsAlone: Rule<ModelChoice> = {
  cel: `!(${CEL_LISTED} && (${celIsSet("modelRef")} || has(self.modelSpec)))`,
  message: "models is set beside modelRef or modelSpec, should be one of them",
  check: (self) => !(isListed(self) && (isSet(self.modelRef) || self.modelSpec !== undefined)),
  path: ["models"],
};

/** A flow has a model. */
export const oneModelAtLeast: Rule<ModelChoice> = {
  cel: `${celIsSet("modelRef")} || has(self.modelSpec) || ${CEL_LISTED}`,
  message: "neither modelRef, modelSpec nor models is set, should be one of them",
  check: (self) => isSet(self.modelRef) || self.modelSpec !== undefined || isListed(self),
  path,
};

function isListed({ models }: ModelChoice): boolean {
  return models !== undefined && models.length > 0;
}
