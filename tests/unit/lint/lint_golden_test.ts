/**
 * What `genkitd lint` prints: each folder of tests/golden/lint holds objects (input.yaml) and the
 * output in each format. GOLDEN_UPDATE=1 rewrites the outputs.
 */
import assert from "assert";
import { lintJson, lintText } from "../../../cli/lint_output.ts";
import { lintSarif } from "../../../cli/lint_sarif.ts";
import { plain } from "../../../cli/paint.ts";
import { lintTextsOf } from "./lint_text_of.ts";

const GOLDEN = new URL("../../golden/lint/", import.meta.url).pathname;
const FILE = "flows/input.yaml";

for (const { name } of Deno.readDirSync(GOLDEN)) {
  Deno.test(`lint: ${name} gives its golden text, JSON and SARIF, without a Secret's value`, async () => {
    const input = await Deno.readTextFile(`${GOLDEN}${name}/input.yaml`);
    const result = await lintTextsOf({ [FILE]: input });
    const outputs = {
      "lint.txt": lintText(result, new Map([[FILE, input]]), plain),
      "lint.json": lintJson(result),
      "lint.sarif": lintSarif(result),
    };
    for (const [file, text] of Object.entries(outputs)) {
      const path = `${GOLDEN}${name}/${file}`;
      if (Deno.env.get("GOLDEN_UPDATE") === "1") await Deno.writeTextFile(path, `${text}\n`);
      assert.equal(`${text}\n`, await Deno.readTextFile(path));
      assert.ok(!text.includes("sk-golden-value"));
    }
  });
}
