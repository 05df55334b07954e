/** lint says of a prompt's model and settings what the runner will do with them. */
import assert from "assert";
import { chatConfig } from "../../../runner/providers/openai/chat_config.ts";
import { chooseModels } from "../../../runner/sandbox/choose_model.ts";
import { promptConfig } from "../../../runner/sandbox/prompt_config.ts";
import { checkPromptModel } from "../../../shared/lint/check_prompt_model.ts";
import { checkSettings } from "../../../shared/lint/check_settings.ts";
import { OPERATORS_OWN } from "../../../shared/reserved_settings.ts";

const served = (provider: string, model: string) => ({
  model: { provider, model },
  plugin: { type: provider, credentialKeys: [] },
});
const FLOWS = [
  served("anthropic", "claude-x"),
  served("echo", "echo"),
  { ...served("OpenAI", "gpt-x"), fallbacks: [served("googleai", "gemini-x")] },
];
const WANTED = [
  ...["claude-x", "anthropic/claude-x", "Anthropic/claude-x", "anthropic/other", "openai/gpt-x"],
  ...["googleai/gemini-x", "googleai/other", "gpt-x", "nobody/x", "echo/echo"],
];

for (const flow of FLOWS) {
  for (const wanted of WANTED) {
    Deno.test(`lint and the runner agree on ${wanted} in a flow of ${flow.plugin.type}`, () => {
      const { model, plugin } = flow;
      const fallbacks = "fallbacks" in flow ? flow.fallbacks : [];
      const config = {
        defaultModel: model,
        plugin: { ...plugin, type: plugin.type.toLowerCase() },
        fallbacks: fallbacks.map(({ model, plugin }) => ({ model, plugin })),
      };
      let refused = false;
      try {
        chooseModels({ model: wanted, config: {} }, config);
      } catch {
        refused = true;
      }
      const finding = checkPromptModel(wanted, { ...flow, fallbacks });
      assert.equal(finding?.rule === "foreign-model", refused);
    });
  }
}

Deno.test("lint and the runner agree on the settings that only the operator may set", () => {
  const { removed } = promptConfig(Object.fromEntries(OPERATORS_OWN.map((key) => [key, 1])));
  assert.deepEqual(removed.toSorted(), OPERATORS_OWN.toSorted());
});

Deno.test("lint and the runner agree on what only the flow decides", () => {
  for (
    const key of ["tools", "toolChoice", "stream", "n", "seed", "reasoningEffort", "functions"]
  ) {
    let refused = false;
    try {
      chatConfig({ [key]: 1 }, { maxTokens: "max_tokens" });
    } catch {
      refused = true;
    }
    const [finding] = checkSettings("openai", { [key]: 1 });
    assert.equal(finding?.rule === "unsupported-setting", refused, key);
  }
});
