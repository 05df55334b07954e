import assert from "assert";
import { exampleFolders } from "../e2e/example_folders.ts";
import { startControlPlane } from "./control_plane.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;

const cluster = await startControlPlane();
await cluster.kubectl(["apply", "--server-side", "-f", CRDS]);
await untilServed(cluster);

Deno.test.afterAll(() => cluster.stop());

const dryRun = (path: string) =>
  cluster.kubectl(["apply", "--dry-run=server", "--validate=strict", "-f", path], { check: false });

for (const { name, objects } of exampleFolders()) {
  // A node's configuration; what it serves is the example sources/git.
  if (name === "sources/nats") continue;
  Deno.test(`examples/${name}: ${name === "sources/resources" ? "is not for" : "applies to"} a cluster`, async () => {
    const { code, stdout, stderr } = await dryRun(objects);
    if (name === "sources/resources") {
      // A cluster has no files: docs/resources.md.
      assert.notEqual(code, 0);
      assert.match(stderr, /\$resource/);
      return;
    }
    assert.deepEqual([code, stderr], [0, ""]);
    for (const line of stdout.trim().split("\n")) {
      assert.match(line, / created \(server dry run\)$/);
    }
  });
}
