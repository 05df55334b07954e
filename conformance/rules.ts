import type { Rule } from "./rule.ts";
import { additionRules } from "./rules/additions.ts";
import { credentialRules } from "./rules/credential.ts";
import { httpRules } from "./rules/http.ts";
import { promptRules } from "./rules/prompt.ts";
import { servingRules } from "./rules/serving.ts";
import { stoppingRules } from "./rules/stopping.ts";
import { toolRules } from "./rules/tool.ts";
import { treeRules } from "./rules/tree.ts";

/** Every rule of the contract, in the page's order. */
export const RULES: readonly Rule[] = [
  ...servingRules,
  ...treeRules,
  ...httpRules,
  ...promptRules,
  ...credentialRules,
  ...toolRules,
  ...stoppingRules,
  ...additionRules,
];
