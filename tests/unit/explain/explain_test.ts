/**
 * What `genkitd explain` shows: each folder of tests/golden/explain holds objects (input.yaml) and the
 * outputs for its first Flow or FlowSet. GOLDEN_UPDATE=1 rewrites them.
 */
import assert from "assert";
import { explainScope } from "../../../cli/explain_object.ts";
import { explainData, explainDot, explainText } from "../../../cli/explain_output.ts";
import { parseTarget } from "../../../cli/parse_target.ts";
import { fileObjects } from "../../../cli/preview_files.ts";
import type { ExplainNode } from "../../../shared/explain/explain_node.ts";
import { snapshotOf } from "../lint/lint_text_of.ts";
import { planted, PLANTED_FAULTS, WELL } from "../lint/planted_faults.ts";

const GOLDEN = new URL("../../golden/explain/", import.meta.url).pathname;

function explained(text: string, target = "flow/helper", namespace = "default") {
  const { scope } = fileObjects(snapshotOf({ "f.yaml": text }));
  return explainScope({ ...parseTarget(target), namespace }, scope);
}

function all(node: ExplainNode): ExplainNode[] {
  return [node, ...node.needs.flatMap(all)];
}

Deno.test("explain: nothing is wrong with what is well, down to the Secret's keys", async () => {
  const nodes = all(await explained(WELL));
  assert.deepEqual(nodes.flatMap(({ findings }) => findings), []);
  assert.ok(nodes.every(({ state }) => state === "found"));
  assert.equal(nodes.find(({ kind }) => kind === "Secret")?.detail, "ANTHROPIC_API_KEY");
});

for (const fault of PLANTED_FAULTS) {
  Deno.test(`explain: finds ${fault.name}, and says no value of a Secret`, async () => {
    const tree = await explained(planted(fault));
    const found = all(tree).filter(({ kind, name }) => `${kind} ${name}` === fault.node);
    assert.equal(found.length, 1, explainText(tree));
    assert.ok(
      found[0]!.findings.some(({ message }) => fault.says.test(message)),
      explainText(tree),
    );
    assert.ok(!JSON.stringify(tree).includes("sk-planted-value"));
  });
}

for (const [name, target] of [["flowset", "flowset/desk"], ["shared", "gfl/greeter"]] as const) {
  Deno.test(`explain: ${name} gives its golden text, JSON, YAML and dot`, async () => {
    const tree = await explained(
      await Deno.readTextFile(`${GOLDEN}${name}/input.yaml`),
      target,
      "demo",
    );
    const outputs = {
      "explain.txt": explainText(tree),
      "explain.json": explainData(tree, "json"),
      "explain.yaml": explainData(tree, "yaml"),
      "explain.dot": explainDot(tree),
    };
    for (const [file, text] of Object.entries(outputs)) {
      const path = `${GOLDEN}${name}/${file}`;
      if (Deno.env.get("GOLDEN_UPDATE") === "1") await Deno.writeTextFile(path, `${text}\n`);
      assert.equal(`${text}\n`, await Deno.readTextFile(path));
      assert.ok(!text.includes("sk-golden-value"));
    }
  });
}

Deno.test("explain: an object that is not there is missing, with the nearest that is", async () => {
  const { state, findings } = await explained(WELL, "flows/helpr");
  assert.equal(state, "missing");
  assert.match(findings[0]!.message, /did you mean "helper"/);
});

for (const circle of [["helper"], ["other", "helper"]]) {
  Deno.test(`explain: a flow that calls itself by way of ${circle.length} tools ends there`, async () => {
    const [first = ""] = circle;
    const search = "    http:\n      url: https://search.example/find\n";
    const text = WELL.replace(search, `    flowRef:\n      name: ${first}\n`) +
      (circle.length === 1 ? "" : other);
    const tree = await explained(text);
    const tool = tree.needs.find(({ kind }) => kind === "Tool")!;
    assert.deepEqual(tool.needs.map(({ name, state, needs }) => [name, state, needs]), [
      [first, "found", []],
    ]);
    for (const show of [explainText, explainDot]) assert.match(show(tree), new RegExp(first));
  });
}

const other = `---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata:
  name: other
spec:
  image: runner:1
  modelRef:
    name: main
  prompts:
    - promptRef:
        name: help
  tools:
    - name: back
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata:
  name: back
spec:
  definition:
    name: back
    description: Asks again
  implementation:
    flowRef:
      name: helper
`;
