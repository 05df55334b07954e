/** lint points at the setting of a PluginConfig that is wrong, or was likely meant otherwise. */
import assert from "assert";
import { lintTextsOf } from "./lint_text_of.ts";
import { WELL } from "./planted_faults.ts";

const SETTINGS: [setting: string, rule: string | undefined, says: RegExp][] = [
  [
    "baseUri: https://proxy.example",
    "misspelled-setting",
    /extraConfig\.baseUri: .*did you mean "baseU/,
  ],
  ["baseURl: https://proxy.example", "misspelled-setting", /did you mean "baseURL"/],
  ["aipVersion: v1", "misspelled-setting", /did you mean "apiVersion"/],
  ["baseURL: localhost:4000", "invalid-provider-settings", /should have https/],
  ["baseUrl: https://proxy.example", undefined, /^/],
  ["x-of-another-runner: 1", undefined, /^/],
];

for (const [setting, rule, says] of SETTINGS) {
  Deno.test(`lint: extraConfig with ${setting} is ${rule ?? "nothing wrong"}`, async () => {
    const text = WELL.replace("baseURL: https://proxy.example", setting);
    const { findings } = await lintTextsOf({ "f.yaml": text });
    assert.deepEqual(findings.map((finding) => finding.rule), rule === undefined ? [] : [rule]);
    for (const { line, message } of findings) {
      assert.match(message, says);
      assert.equal(text.split("\n")[line! - 1], `    ${setting}`);
    }
  });
}
