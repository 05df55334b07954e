import type { ResolvedModel } from "../flows/resolve_model.ts";
import { suggestion } from "../nearest.ts";
import type { LintRule } from "./lint_rules.ts";

/**
 * Compares the model that a prompt's frontmatter asks for with those of its flow, as the runner will:
 * it may be another one of a provider that the flow has.
 */
export function checkPromptModel(
  wanted: string,
  { model, plugin, fallbacks = [] }: Pick<ResolvedModel, "model" | "plugin" | "fallbacks">,
): { rule: LintRule; message: string } | undefined {
  // Without a provider of the flow's own nothing is known; that is a finding of the flow.
  if (model === undefined || plugin === undefined) return undefined;
  const all = [{ model, plugin }, ...fallbacks];
  const known = all.map(({ model }) => plainName(`${model.provider}/${model.model}`));
  const providers = [...new Set(all.map(({ plugin }) => plugin.type.toLowerCase()))];
  const name = plainName(wanted);
  // Echo answers in place of any model.
  if (known.includes(name) || providers[0] === "echo") return undefined;
  const near = suggestion(name, known);
  const list = known.map((name) => `"${name}"`).join(", ");
  if (!name.includes("/")) {
    const message = `asks for the model "${wanted}", should begin with its provider: ` +
      `"${providers[0]}/${wanted}"`;
    return { rule: "foreign-model", message };
  }
  if (!providers.some((provider) => name.startsWith(`${provider}/`))) {
    const message = `asks for the model "${wanted}", and the flow has ${list}, of no provider ` +
      `that has it${near}`;
    return { rule: "foreign-model", message };
  }
  const message = `asks for the model "${wanted}", which is none of the flow's (${list})${near}; ` +
    "their defaultConfig and retry do not hold for it";
  return { rule: "model-not-in-flow", message };
}

/** `GoogleAI/gemini-x` as `googleai/gemini-x`: providers are known by lower-case names. */
function plainName(model: string): string {
  return model.replace(/^[^/]+(?=\/)/, (provider) => provider.toLowerCase());
}
