/**
 * What a Flow or FlowSet becomes in a cluster: each folder of tests/golden/render holds objects
 * (input.yaml) and the children (children.yaml) that are rendered of them, in the order in which they
 * are applied. GOLDEN_UPDATE=1 rewrites the children.
 */
import assert from "assert";
import { childrenOf, childrenText, goldenCases } from "./golden_cases.ts";

for (const golden of goldenCases()) {
  Deno.test(`render: ${golden.name} gives its golden children`, async () => {
    const text = childrenText(await childrenOf(golden));
    if (Deno.env.get("GOLDEN_UPDATE") === "1") {
      await Deno.writeTextFile(golden.childrenFile, text);
    }
    assert.equal(text, await Deno.readTextFile(golden.childrenFile));
  });

  Deno.test(`render: the children of ${golden.name} have no value of a Secret`, async () => {
    const text = await Deno.readTextFile(golden.childrenFile);
    const values = golden.input.map(({ value }) => value).filter(isSecret)
      .flatMap(({ stringData = {} }) => Object.values(stringData));
    assert.deepEqual(values.filter((value) => text.includes(value)), []);
  });
}

function isSecret(
  object: unknown,
): object is { kind: "Secret"; stringData?: Record<string, string> } {
  return (object as { kind?: unknown }).kind === "Secret";
}
