/**
 * What `genkitd render` prints: each folder of tests/golden/render_cli holds objects (input.yaml), the
 * children and the problems. GOLDEN_UPDATE=1 rewrites them.
 */
import assert from "assert";
import { fileObjects, previewFiles } from "../../../cli/preview_files.ts";
import { renderProblems, renderYaml } from "../../../cli/render_output.ts";
import { snapshotOf } from "../lint/lint_text_of.ts";

const GOLDEN = new URL("../../golden/render_cli/", import.meta.url).pathname;

for (const { name } of Deno.readDirSync(GOLDEN)) {
  Deno.test(`genkitd render: ${name} gives its golden children and problems, without a Secret's value`, async () => {
    const input = await Deno.readTextFile(`${GOLDEN}${name}/input.yaml`);
    const files = fileObjects(snapshotOf({ "input.yaml": input }));
    const servers = await previewFiles(files);
    const outputs = {
      "children.yaml": renderYaml(servers),
      "problems.txt": renderProblems(servers, false).map((line) => `${line}\n`).join(""),
    };
    for (const [file, text] of Object.entries(outputs)) {
      const path = `${GOLDEN}${name}/${file}`;
      if (Deno.env.get("GOLDEN_UPDATE") === "1") await Deno.writeTextFile(path, text);
      assert.equal(text, await Deno.readTextFile(path));
      assert.ok(!text.includes("sk-golden-value"));
    }
  });
}
