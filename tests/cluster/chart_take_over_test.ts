/** The chart over what is there already: older CRDs, genkit-operator 0.5.0's chart, an overlay. */
import assert from "assert";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { ROOT } from "../../tasks/checkout.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";
import { createHelm, type Helm } from "./helm.ts";
import { untilServed } from "./until_served.ts";

const CHART = `${ROOT}deploy/chart`;
const LEGACY = `${ROOT}tests/fixtures/genkit-operator-0.5`;
const TAKE = ["--take-ownership", "--force-conflicts"];
const RELEASE = ["genkitd", "--namespace", "genkitd-system"];
const install = ["install", ...RELEASE, CHART, "--create-namespace"];

Deno.test("an older chart: its CRDs are upgraded, and rolled back", async (t) => {
  await using cluster = await startControlPlane();
  const helm = await createHelm(cluster);
  const older = await olderChart(cluster.folder);
  await helm(["install", ...RELEASE, older, "--create-namespace"]);
  await untilServed(cluster);
  await apply(cluster, PROMPT);
  assert.deepEqual(await crds(cluster), [8, false]);

  await t.step("upgraded", async () => {
    await helm(["upgrade", ...RELEASE, CHART]);
    assert.deepEqual(await crds(cluster), [9, true]);
    await objectIsThere(cluster);
  });

  await t.step("rolled back, without the loss of a kind or of an object", async () => {
    await helm(["rollback", "genkitd", "1", "--namespace", "genkitd-system"]);
    assert.deepEqual(await crds(cluster), [9, false]);
    await objectIsThere(cluster);
  });

  await t.step("and upgraded again", async () => {
    await helm(["upgrade", ...RELEASE, CHART]);
    assert.deepEqual(await crds(cluster), [9, true]);
  });
});

Deno.test("genkit-operator 0.5.0's release, which keeps its CRDs", async (t) => {
  await using cluster = await startControlPlane();
  const helm = await createHelm(cluster);
  await installLegacy(cluster, helm);
  const kinds = "datasets,evals,flows,flowsets,models,pluginconfigs,prompts,tools";
  const names = ["get", kinds, "-A", "-o", "name"];
  const before = (await cluster.kubectl(names)).stdout;
  assert.ok(before.split("\n").length > 8);

  await t.step("says by its manifest that it keeps them", async () => {
    const manifest = ["get", "manifest", "genkit-operator", "-n", "genkit-operator-system"];
    const { stdout } = await helm(manifest);
    assert.equal(stdout.match(/helm\.sh\/resource-policy"?: "?keep/g)?.length, 8);
  });

  await t.step("is not taken over unasked", async () => {
    const { code, stderr } = await helm(install, { check: false });
    assert.equal(code, 1);
    assert.match(stderr, /"datasets.genkit.dev" in namespace "" exists and cannot be imported/);
    assert.match(stderr, /must equal "genkitd": current value is "genkit-operator"/);
  });

  await t.step("is taken over with all objects when that is asked for", async () => {
    await helm([...install, ...TAKE]);
    assert.deepEqual(await crds(cluster), [9, true]);
    assert.equal((await cluster.kubectl(names)).stdout, before);
  });

  await t.step("and may be uninstalled then", async () => {
    await helm(["uninstall", "genkit-operator", "--namespace", "genkit-operator-system"]);
    assert.deepEqual(await crds(cluster), [9, true]);
    assert.equal((await cluster.kubectl(names)).stdout, before);
    const { stdout } = await cluster.kubectl(["get", "sa", "-n", "genkit-operator-system"]);
    assert.doesNotMatch(stdout, /legacy/);
  });

  await t.step("so that genkitd's release has them", async () => {
    await helm(["upgrade", ...RELEASE, CHART]);
    await helm(["uninstall", ...RELEASE]);
    assert.equal((await cluster.kubectl(names)).stdout, before);
  });
});

Deno.test("what an overlay made", async (t) => {
  await using cluster = await startControlPlane();
  const helm = await createHelm(cluster);
  const overlay = `${ROOT}deploy/overlays/cluster-wide`;
  await cluster.kubectl(["apply", "--server-side", "-k", overlay]);
  await untilServed(cluster);
  await apply(cluster, PROMPT);
  const uid = ["get", "deploy", "-n", "genkitd-system", "-o", "jsonpath={.items[*].metadata.uid}"];
  const before = (await cluster.kubectl(uid)).stdout;

  await t.step("is not taken over unasked", async () => {
    const { stderr } = await helm(install, { check: false });
    assert.match(stderr, /exists and cannot be imported into the current release/);
  });

  await t.step("becomes a release: the same Deployment, changed in place", async () => {
    await helm(["upgrade", "--install", ...RELEASE, CHART, ...TAKE, "--set", "replicas=2"]);
    assert.equal((await cluster.kubectl(uid)).stdout, before);
    await objectIsThere(cluster);
    await helm(["upgrade", ...RELEASE, CHART, "--reset-values"]);
    await helm(["uninstall", ...RELEASE]);
    assert.equal((await cluster.kubectl(uid)).stdout, "");
    await objectIsThere(cluster);
  });
});

const PROMPT = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Prompt",
  metadata: { name: "greeting", namespace: "default" },
  spec: { content: "Hello" },
};

/** The chart of a version before: without FlowSources, and without `suspend` of Flows. */
async function olderChart(folder: string): Promise<string> {
  const chart = `${folder}/older`;
  for (const part of ["", "templates", "files", "files/crds"]) {
    await Deno.mkdir(join(chart, part));
    for (const { name, isFile } of Deno.readDirSync(join(CHART, part))) {
      if (isFile) await Deno.copyFile(join(CHART, part, name), join(chart, part, name));
    }
  }
  await Deno.remove(`${chart}/files/crds/genkit.dev_flowsources.yaml`);
  const flows = `${chart}/files/crds/genkit.dev_flows.yaml`;
  const crd = parse(await Deno.readTextFile(flows));
  delete fieldsOf(crd).suspend;
  await Deno.writeTextFile(flows, JSON.stringify(crd));
  return chart;
}

/** Installs a chart that has what matters here of genkit-operator 0.5.0's, and its samples. */
async function installLegacy(cluster: ControlPlane, helm: Helm): Promise<void> {
  const chart = `${cluster.folder}/legacy`;
  await Deno.mkdir(`${chart}/templates`, { recursive: true });
  const meta = { apiVersion: "v2", name: "genkit-operator", version: "0.5.0" };
  await Deno.writeTextFile(`${chart}/Chart.yaml`, JSON.stringify(meta));
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "legacy" } };
  await Deno.writeTextFile(`${chart}/templates/account.yaml`, JSON.stringify(account));
  for (const { name } of Deno.readDirSync(`${LEGACY}/crds`)) {
    const crd = parse(await Deno.readTextFile(`${LEGACY}/crds/${name}`));
    crd.metadata.annotations["helm.sh/resource-policy"] = "keep";
    await Deno.writeTextFile(`${chart}/templates/${name}`, stringify(crd));
  }
  const namespace = ["--namespace", "genkit-operator-system", "--create-namespace"];
  await helm(["install", "genkit-operator", chart, ...namespace]);
  await untilServed(cluster);
  await cluster.kubectl(["apply", "-f", `${LEGACY}/samples`]);
}

async function apply(cluster: ControlPlane, object: object): Promise<void> {
  await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
}

async function objectIsThere(cluster: ControlPlane): Promise<void> {
  await cluster.kubectl(["get", "prompt", "greeting", "-n", "default"]);
}

/** How many CRDs there are, and whether a Flow's is that of this version. */
async function crds(cluster: ControlPlane): Promise<[number: number, current: boolean]> {
  const { items } = JSON.parse((await cluster.kubectl(["get", "crd", "-o", "json"])).stdout);
  const flows = items.find(({ spec }: Crd) => spec.names.kind === "Flow");
  return [items.length, Object.hasOwn(fieldsOf(flows), "suspend")];
}

interface Crd {
  spec: {
    names: { kind: string };
    versions: { schema: { openAPIV3Schema: { properties: { spec: { properties: object } } } } }[];
  };
}

function fieldsOf(crd: Crd): Record<string, unknown> {
  const { spec } = crd.spec.versions[0]!.schema.openAPIV3Schema.properties;
  return spec.properties as Record<string, unknown>;
}
