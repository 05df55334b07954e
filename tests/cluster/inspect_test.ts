/** genkitd diff and explain, as processes, on a real API server. */
import assert from "assert";
import { join } from "node:path";
import { startControlPlane } from "./control_plane.ts";
import { untilServed } from "./until_served.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const GOLDEN = join(ROOT, "tests/golden/diff/edits");
const cluster = await startControlPlane();

Deno.test.afterAll(() => cluster.stop());

async function genkitd(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", ...args, "--kubeconfig", cluster.kubeconfig],
    cwd: ROOT,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

Deno.test("diff and explain say of a cluster what they say of files, and change nothing", async (t) => {
  await cluster.kubectl(["apply", "--server-side", "-f", join(ROOT, "deploy/crds")]);
  await untilServed(cluster);
  await cluster.kubectl(["create", "namespace", "demo"]);
  await cluster.kubectl(["apply", "-f", join(GOLDEN, "live.yaml")]);

  await t.step("what was applied makes no difference", async () => {
    const { code, out, err } = await genkitd("diff", join(GOLDEN, "live.yaml"));
    assert.deepEqual([out, err, code], ["Nothing would change\n", "", 0]);
  });

  await t.step("edits are told, with the servers that restart", async () => {
    const { code, out } = await genkitd("diff", join(GOLDEN, "input.yaml"), "-n", "demo");
    assert.equal(out, await Deno.readTextFile(join(GOLDEN, "diff.txt")));
    assert.equal(code, 1);
  });

  await t.step("and nothing was changed by it", async () => {
    assert.equal((await genkitd("diff", join(GOLDEN, "live.yaml"))).code, 0);
  });

  await t.step("explain shows the tree down to the Secret's keys, and no value", async () => {
    const { code, out } = await genkitd("explain", "gfl/greeter", "-n", "demo");
    assert.equal(code, 0);
    assert.match(out, /^Flow greeter \(runner:1\); an edit restarts Flow "greeter"$/m);
    assert.match(
      out,
      /Secret keys \(ANTHROPIC_API_KEY, OTHER\); an edit restarts Flow "greeter"$/m,
    );
    assert.ok(!out.includes("sk-old-value") && !out.includes("c2st"));
  });

  await t.step("explain names a Secret that is not there, and a target that is not", async () => {
    await cluster.kubectl(["delete", "secret", "keys", "-n", "demo"]);
    const { out } = await genkitd("explain", "model/main", "-n", "demo");
    assert.match(out, /Secret keys missing[\s\S]*Secret "keys" is not found in namespace "demo"/);
    const missing = await genkitd("explain", "flow/greter", "-n", "demo");
    assert.equal(missing.code, 1);
    assert.match(missing.out, /did you mean "greeter"/);
  });

  await t.step("a failure is 2", async () => {
    const { code } = await genkitd("diff", "nothing.yaml");
    assert.equal(code, 2);
  });
});
