import assert from "assert";
import { join, relative } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { ROOT } from "../../tasks/checkout.ts";
import { clusterBinaries } from "./binaries.ts";

/** A kustomization of a user's own; its paths are relative to deploy. */
export interface Kustomization {
  namespace?: string;
  resources: string[];
  components?: string[];
}

/** Gives the objects of a kustomization, as kubectl builds them. */
export async function kustomize(
  { resources, components = [], ...rest }: Kustomization,
): Promise<KubernetesObject[]> {
  const { kubectl } = await clusterBinaries();
  const folder = await Deno.makeTempDir({ prefix: "genkitd-kustomize-" });
  try {
    const path = (to: string) => relative(folder, join(ROOT, "deploy", to));
    const kustomization = {
      ...rest,
      resources: resources.map(path),
      components: components.map(path),
    };
    await Deno.writeTextFile(join(folder, "kustomization.yaml"), JSON.stringify(kustomization));
    const built = await new Deno.Command(kubectl, { args: ["kustomize", folder] }).output();
    const [stdout, stderr] = [built.stdout, built.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assert.deepEqual([built.code, stderr], [0, ""]);
    return readObjects(stdout!);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Reads the objects of a YAML text with several documents, some of which may be empty. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null);
}
