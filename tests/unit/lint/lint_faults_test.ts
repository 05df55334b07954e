import assert from "assert";
import { lintTextsOf } from "./lint_text_of.ts";
import { planted, PLANTED_FAULTS, WELL } from "./planted_faults.ts";

Deno.test("lint: nothing is wrong with what is well", async () => {
  const { findings, objects, files } = await lintTextsOf({ "f.yaml": WELL });
  assert.deepEqual(findings, []);
  assert.deepEqual([objects, files], [6, 1]);
});

Deno.test("lint: twenty faults are planted", () => assert.equal(PLANTED_FAULTS.length, 20));

for (const fault of PLANTED_FAULTS) {
  Deno.test(`lint: finds ${fault.name}, and says no value of a Secret`, async () => {
    const text = planted(fault);
    const { findings } = await lintTextsOf({ "f.yaml": text });
    const found = findings.find(({ rule }) => rule === fault.rule);
    assert.ok(found, JSON.stringify(findings));
    assert.match(found.message, fault.says);
    assert.equal(text.split("\n")[found.line! - 1], fault.line);
    assert.ok(!JSON.stringify(findings).includes("sk-planted-value"));
  });
}
