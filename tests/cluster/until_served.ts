import type { ControlPlane } from "./control_plane.ts";

/** How long the API server may take, in milliseconds: far longer than on a busy machine. */
const PATIENCE = 120_000;

/** The list of all kinds, as kubectl asks for it. */
const ALL_KINDS = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * Waits until the API server takes objects of all its CRDs, and tells clients of their kinds: that is
 * up to seconds after it calls a CRD Established. Throws an Error with what it does not serve.
 */
export async function untilServed(plane: Pick<ControlPlane, "fetch">): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  for (;;) {
    const missing = await notServed(plane);
    if (missing.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(`The API server does not serve: ${missing.join(", ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The paths of the CRDs' objects that are not served, or of which clients are not told, yet. */
async function notServed(plane: Pick<ControlPlane, "fetch">): Promise<string[]> {
  const ask = async (path: string, accept = "application/json") => {
    const response = await plane.fetch(path, { headers: { accept } });
    return { ok: response.ok, text: await response.text() };
  };
  const crds = await ask("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
  const { items }: { items: Crd[] } = JSON.parse(crds.text);
  const all = await ask("/apis", ALL_KINDS);
  const missing = await Promise.all(items.map(async ({ spec: { group, names, versions } }) => {
    const folder = `/apis/${group}/${versions[0]!.name}`;
    const path = `${folder}/${names.plural}`;
    const kinds = await ask(folder);
    const told = all.text.includes(`"resource":"${names.plural}"`) &&
      kinds.text.includes(`"name":"${names.plural}"`);
    return told && (await ask(`${path}?limit=1`)).ok ? [] : [path];
  }));
  return missing.flat();
}

/** A CustomResourceDefinition, as far as it matters here. */
interface Crd {
  spec: { group: string; names: { plural: string }; versions: { name: string }[] };
}
