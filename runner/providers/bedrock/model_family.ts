/** How a model is got to answer in JSON: see {@linkcode ModelFamily.json}. */
export type JsonMethod = "schema" | "tool" | "prompt";

/** What differs between the models behind Converse. */
export interface ModelFamily {
  /**
   * `tool`: it is made to call a tool whose input is the answer, which Anthropic's and Amazon's Nova
   * models can be (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolChoice.html);
   * `prompt`: instructions in the prompt, for all others. `schema` (Converse's
   * `outputConfig.textFormat`) is there for those who know that their model takes it.
   */
  json: JsonMethod;
  /** Whether it can be made to call some tool (`toolChoice.any`); Mistral's large ones too. */
  requiresTools: boolean;
  /** Where it takes top-k, which Converse has no field for; a path of `additionalModelRequestFields`. */
  topK: readonly string[];
}

/**
 * Tells a model's family by its id, which may be a model's, an inference profile's
 * (`eu.anthropic.claude-…`) or an ARN with one of these in it. An ARN of an application's own profile
 * or of a provisioned model does not tell, and counts as a model that can do least.
 */
export function modelFamily(modelId: string): ModelFamily {
  if (/\banthropic\.claude-(?!v2|instant)/.test(modelId)) {
    return { json: "tool", requiresTools: true, topK: ["top_k"] };
  }
  if (/\bamazon\.nova-/.test(modelId)) {
    return { json: "tool", requiresTools: true, topK: ["inferenceConfig", "topK"] };
  }
  return {
    json: "prompt",
    requiresTools: /\bmistral\.mistral-large/.test(modelId),
    topK: [/\bcohere\./.test(modelId) ? "k" : "top_k"],
  };
}
