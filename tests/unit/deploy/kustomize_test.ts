import assert from "assert";
import { parse } from "yaml";
import { VERSION } from "../../../shared/version.ts";
import { generatedFiles } from "../../../tasks/generate.ts";

function read(path: string) {
  return parse(Deno.readTextFileSync(new URL(`../../../deploy/${path}`, import.meta.url)));
}

Deno.test("kustomize installs the CRD of every kind", () => {
  const files = generatedFiles().map(({ path }) => path)
    .filter((path) => path.startsWith("deploy/crds/"))
    .map((path) => path.slice("deploy/crds/".length));
  assert.deepEqual(read("crds/Kustomization").resources, files.sort());
});

Deno.test("the overlays install the version that they come with", () => {
  for (const overlay of ["cluster-wide", "namespaced"]) {
    const { images } = read(`overlays/${overlay}/kustomization.yaml`);
    assert.deepEqual(images, [{ name: "ghcr.io/genkitd/genkitd", newTag: VERSION }], overlay);
  }
});
