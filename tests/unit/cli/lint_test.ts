import assert from "assert";
import { lintOptions } from "../../../cli/lint.ts";
import { UsageError } from "../../../cli/usage_error.ts";
import { outputOf } from "./output_of.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

async function lint(...args: string[]) {
  return await lintInput("", ...args);
}

async function lintInput(input: string, ...args: string[]) {
  const flags = ["--no-prompt", "--allow-read", "--allow-env"];
  return await outputOf(Deno.execPath(), ["run", ...flags, "mod.ts", "lint", ...args], input);
}

Deno.test("genkitd lint ends with 0 where nothing is wrong, and may read files and nothing else", async () => {
  for (const path of ["assistants.yaml", "sources/git/flows", "sources/oci/flows"]) {
    const { code, out, err } = await lint(`examples/${path}`);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^Nothing is wrong: \d+ valid objects in \d+ files?\n$/);
  }
});

Deno.test("genkitd lint puts the files of --resources into the objects that refer to them", async () => {
  const { out } = await lint("examples/sources/resources", "--resources", "schemas/**");
  assert.equal(out, "Nothing is wrong: 5 valid objects in 4 files\n");
  const missing = await lint("examples/sources/resources");
  assert.equal(missing.code, 1);
  assert.match(
    missing.out,
    /schemas\/headlines\.json", which is not among .*\[missing-resource\]$/m,
  );
});

Deno.test("genkitd lint ends with 1 for errors, and for warnings where it is strict", async () => {
  const file = "tests/golden/lint/broken/input.yaml";
  const { code, out } = await lint(file);
  assert.equal(code, 1);
  assert.match(out, /^tests\/golden\/lint\/broken\/input\.yaml:4:9: error: .*\[duplicate-flow\]$/m);
  const warned = "tests/golden/render/credentials_whole/input.yaml";
  assert.equal((await lint(warned)).code, 0);
  assert.equal((await lint(warned, "--strict")).code, 1);
  assert.equal((await lint(warned, "--strict", "--disable", "deprecated-model")).code, 0);
});

Deno.test("genkitd lint ends with 2 where a PATH is not there, or a flag is wrong", async () => {
  const { code, err } = await lint("example/");
  assert.equal(code, 2);
  assert.match(err, /no such file or folder \(did you mean "examples"\?\)/);
  assert.equal((await lint("examples", "--format", "xml")).code, 2);
});

Deno.test("genkitd lint reads what helm template or kustomize build makes, from standard input", async () => {
  const objects = await Deno.readTextFile(`${ROOT}examples/assistants.yaml`);
  const made = `---
# Source: flows/templates/deployment.yaml
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
---
# Source: flows/templates/none.yaml
`;
  const { code, out } = await lintInput(`${made}${objects}`, "-", "--strict");
  assert.equal(code, 0, out);
  assert.match(out, /^Nothing is wrong: [1-9]\d* valid objects in 1 file\n$/);
  const broken = await lintInput(`${made}apiVersion: genkit.dev/v1alpha1\nkind: Flow\n`, "-");
  assert.equal(broken.code, 1);
  assert.match(broken.out, /^<stdin>:8:1: error: Flow: metadata: is missing.*\[invalid-object\]$/m);
});

Deno.test("genkitd lint passes over a Helm chart with a note, which is no failure", async () => {
  const { code, out } = await lint("deploy/chart", "--strict");
  assert.equal(code, 0, out);
  assert.match(
    out,
    /^deploy\/chart\/Chart\.yaml: note: \d+ files are .* helm template deploy\/chart \| genkitd lint - \[unbuilt-files\]\nNothing is wrong: 0 valid objects in \d files?\n$/,
  );
  assert.equal((await lint("deploy/chart", "--disable", "unbuilt-files")).out.match(/note/), null);
});

Deno.test("an unknown rule is refused with the nearest that there is", () => {
  assert.throws(
    () => lintOptions({ format: "text", disable: ["unused-objects"], resources: [] }),
    (error) => error instanceof UsageError && /did you mean "unused-object"/.test(error.message),
  );
});

Deno.test("genkitd explain and render say that they pass over a Helm chart", async () => {
  for (const args of [["explain", "flow/a", "-f", "deploy/chart"], ["render", "deploy/chart"]]) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", "--allow-env", "mod.ts", ...args],
      cwd: ROOT,
    }).output();
    assert.equal(code, 1);
    assert.match(
      new TextDecoder().decode(stderr),
      /^deploy\/chart\/Chart\.yaml: \d+ files are passed over .* helm template deploy\/chart/,
    );
  }
});
