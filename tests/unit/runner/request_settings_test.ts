import assert from "assert";
import { readRequestSettings } from "../../../runner/host/request_settings.ts";

Deno.test("settings are read under Genkit's names, OpenAI's and their own", () => {
  const settings = { topP: 0.5, maxTokens: 9, frequencyPenalty: -1, stopSequences: ["END"] };
  const genkit = { topP: 0.5, maxOutputTokens: 9, frequencyPenalty: -1, stopSequences: ["END"] };
  const openai = { top_p: 0.5, max_tokens: 9, frequency_penalty: -1, stop: "END" };
  for (const config of [settings, genkit, openai]) {
    assert.deepEqual(readRequestSettings(config), settings);
  }
});

Deno.test("what is no setting, or has no bounds, is left out", () => {
  for (const config of [undefined, null, 7, "x", []]) {
    assert.deepEqual(readRequestSettings(config), {});
  }
  const odd = { temperature: "hot", topK: 1.5, seed: 1e300, maxTokens: NaN, apiKey: "k" };
  assert.deepEqual(readRequestSettings(odd), {});
  const { stopSequences } = readRequestSettings({
    stopSequences: [7, ...Array(100).fill("x".repeat(1_000))],
  });
  assert.deepEqual(stopSequences, Array(16).fill("x".repeat(128)));
});
