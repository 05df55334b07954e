import assert from "assert";
import { subcommands } from "../../mod.ts";
import { VERSION } from "../../shared/version.ts";
import { startControlPlane } from "../cluster/control_plane.ts";
import { startOperator } from "../cluster/operator_process.ts";
import { registryServer } from "../sources/registry_server.ts";
import { echoFlows } from "./genkit_tree.ts";
import { genkitd } from "./genkitd.ts";
import { shippedBundle } from "./shipped_bundle.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FLOWS = `${ROOT}examples/assistants.yaml`;

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { method: "POST", body: '{"name":"Ann"}' });
  return `${response.status} ${await response.text()}`;
}

Deno.test("the bundle alone, in an empty folder with an empty home and cache", async (t) => {
  await using bundle = await shippedBundle();
  const { options } = bundle;

  await t.step("says its version, and the help of every command", async () => {
    assert.deepEqual(await bundle.run("--version"), {
      code: 0,
      stdout: `genkitd ${VERSION}\n`,
      stderr: "",
    });
    for (const { name } of subcommands) {
      const { code, stdout, stderr } = await bundle.run(name, "--help");
      assert.deepEqual([code, stderr], [0, ""], name);
      assert.match(stdout, new RegExp(`^Usage: genkitd ${name} `));
    }
  });

  await t.step("serve answers, and its sandboxes too have no more than the bundle", async () => {
    await using server = await genkitd(["serve", FLOWS, "--offline", "--port", "0"], {
      ...options,
      ready: /curl -d .* (http:\S+)\/greeter\n/,
    });
    assert.match(await ask(`${server.url}/greeter`), /^200 .*Ann/);
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0, server.output());
  });

  await t.step("runner answers from a tree, and ends as it is told", async () => {
    await using tree = await echoFlows({ one: {}, two: {} });
    await using server = await genkitd(
      ["runner", "--root", tree.root, "--host", "127.0.0.1", "--port", "0"],
      { ...options, ready: /"ready".*"(http:\/\/[\w.:]+:\d+)"/ },
    );
    assert.match(await ask(`${server.url}/one`), /^200 .*Hello Ann from one/);
    assert.match(await ask(`${server.url}/two`), /^200 .*Hello Ann from two/);
    server.kill("SIGTERM");
    assert.equal((await server.ended).code, 0, server.output());
  });

  await t.step("push puts a folder into a registry, and serve reads it there", async () => {
    await using registry = await registryServer();
    const url = `oci://${registry.host}/team/flows:v1`;
    const folder = `${options.cwd}/flows`;
    await Deno.mkdir(folder);
    await Deno.copyFile(FLOWS, `${folder}/assistants.yaml`);
    const { code, stderr } = await bundle.run("push", url, folder);
    assert.equal(code, 0, stderr);
    await using server = await genkitd(["serve", url, "--offline", "--port", "0"], {
      ...options,
      ready: /curl -d .* (http:\S+)\/greeter\n/,
    });
    assert.match(await ask(`${server.url}/greeter`), /^200 .*Ann/);
  });

  await t.step("operator leads, and preflight looks, on a real API server", async () => {
    await using plane = await startControlPlane();
    await plane.kubectl(["apply", "--server-side", "-f", `${ROOT}deploy/crds`]);
    const looked = await bundle.run("preflight", "--kubeconfig", plane.kubeconfig);
    assert.match(looked.stdout, /CRD/i, looked.stderr);
    await using operator = await startOperator(plane.kubeconfig, [], options);
    await operator.saw(/"message":"leading"/);
    await operator.ready();
    operator.kill("SIGTERM");
    assert.equal((await operator.ended).code, 0, operator.output());
  });

  await t.step("nothing was downloaded", async () => {
    assert.deepEqual(await bundle.downloaded(), []);
  });
});
