import { boundedReference, celIsSet, isSet, type LocalReference } from "./local_reference.ts";
import { modelSpec } from "./model.ts";
import type { Rule } from "./rule.ts";

interface ModelChoice {
  modelRef?: LocalReference | undefined;
  modelSpec?: unknown;
}

/** The fields that choose a flow's model. */
export const modelChoice = {
  modelRef: boundedReference.optional().describe("The Model that the flow uses."),
  modelSpec: modelSpec.optional().describe("The model, written here instead of in a Model."),
};

const path = ["modelRef"];

/** A flow has at most one model. */
export const oneModelAtMost: Rule<ModelChoice> = {
  cel: `!(${celIsSet("modelRef")} && has(self.modelSpec))`,
  message: "modelRef and modelSpec are both set, should be one of them",
  check: (self) => !(isSet(self.modelRef) && self.modelSpec !== undefined),
  path,
};

/** A flow has a model. */
export const oneModelAtLeast: Rule<ModelChoice> = {
  cel: `${celIsSet("modelRef")} || has(self.modelSpec)`,
  message: "neither modelRef nor modelSpec is set, should be one of them",
  check: (self) => isSet(self.modelRef) || self.modelSpec !== undefined,
  path,
};
