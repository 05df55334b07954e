/** A Secret that SOPS has encrypted is no Secret yet: nothing is wrong with it, and nobody uses it. */
import assert from "assert";
import { lintTextsOf } from "./lint_text_of.ts";
import { WELL } from "./planted_faults.ts";

const SEALED = "ENC[AES256_GCM,data:3qZ4,iv:aW7=,tag:Rk0=,type:str]";

for (const field of ["data", "stringData"]) {
  Deno.test(`lint: an encrypted Secret with ${field} is nothing wrong, and not used as it is`, async () => {
    const text = WELL.replace(
      /stringData:\n {2}ANTHROPIC_API_KEY: .*/,
      `${field}:\n  ANTHROPIC_API_KEY: ${SEALED}\nsops:\n  mac: ${SEALED}\n  version: 3.10.2`,
    );
    assert.ok(text.includes(SEALED));
    const { findings, objects } = await lintTextsOf({ "f.yaml": text });
    assert.deepEqual([findings, objects], [[], 5]);
  });
}
