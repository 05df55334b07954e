/**
 * What `genkitd diff` prints: each folder of tests/golden/diff holds what a cluster has (live.yaml),
 * the files (input.yaml), and the output. GOLDEN_UPDATE=1 rewrites it.
 */
import assert from "assert";
import { parseAllDocuments } from "yaml";
import { diffText } from "../../../cli/diff_output.ts";
import { fileObjects } from "../../../cli/preview_files.ts";
import { ApiError } from "../../../operator/kubernetes/api_error.ts";
import type { KubernetesObject } from "../../../operator/kubernetes/object.ts";
import { diffCluster } from "../../../operator/preview/diff_cluster.ts";
import { fakeCluster } from "../operator/preflight/fake_cluster.ts";
import { snapshotOf } from "../lint/lint_text_of.ts";

const GOLDEN = new URL("../../golden/diff/", import.meta.url).pathname;

async function read(name: string) {
  const live = await Deno.readTextFile(`${GOLDEN}${name}/live.yaml`);
  const objects = parseAllDocuments(live).map((document) => document.toJS() as KubernetesObject);
  const input = await Deno.readTextFile(`${GOLDEN}${name}/input.yaml`);
  const { scope, problems } = fileObjects(snapshotOf({ "input.yaml": input }));
  assert.deepEqual(problems, []);
  return { client: fakeCluster({ objects }).client, objects: scope.all };
}

for (const { name } of Deno.readDirSync(GOLDEN)) {
  Deno.test(`genkitd diff: ${name} gives its golden text, without a Secret's value`, async () => {
    const { client, objects } = await read(name);
    const diff = await diffCluster(client, objects, { namespace: "demo", prune: name === "prune" });
    const text = `${diffText(diff)}\n`;
    const path = `${GOLDEN}${name}/diff.txt`;
    if (Deno.env.get("GOLDEN_UPDATE") === "1") await Deno.writeTextFile(path, text);
    assert.equal(text, await Deno.readTextFile(path));
    assert.ok(!/sk-(golden|old)-value/.test(JSON.stringify(diff)));
  });
}

Deno.test("genkitd diff: objects that the files do not have stay, unless they are pruned", async () => {
  const { client, objects } = await read("prune");
  const { objects: changes } = await diffCluster(client, objects, {
    namespace: "demo",
    prune: false,
  });
  assert.deepEqual(changes, []);
});

Deno.test("genkitd diff: of a Secret that may not be read it is said that nothing is known", async () => {
  for (const [name, rest] of [["nothing", "Nothing else would change\n"], ["edits", ""]] as const) {
    const { client, objects } = await read(name);
    const get: typeof client.get = (resource, place) =>
      resource.kind === "Secret"
        ? Promise.reject(new ApiError("Cannot get it: forbidden", { status: 403 }))
        : client.get(resource, place);
    const diff = await diffCluster({ ...client, get }, objects, {
      namespace: "demo",
      prune: false,
    });
    assert.deepEqual(diff.unread, [{ kind: "Secret", namespace: "demo", name: "keys" }]);
    const text = `${diffText(diff)}\n`;
    const said = '? Secret "demo/keys" may not be read: whether it changes is not known\n';
    assert.ok(text.includes(said) && text.endsWith(rest), text);
    assert.ok(!text.includes("Nothing would change"));
  }
});
