import type { Rule } from "./rule.ts";
import { servingRules } from "./rules/serving.ts";

/** Every rule of the contract, in the page's order. */
export const RULES: readonly Rule[] = [
  ...servingRules,
];
