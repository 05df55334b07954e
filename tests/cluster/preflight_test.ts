import assert from "assert";
import { join } from "node:path";
import { parse } from "yaml";
import type { Finding } from "../../operator/preflight/finding.ts";
import { startControlPlane } from "./control_plane.ts";
import { untilServed } from "./until_served.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const LEGACY = join(ROOT, "tests/fixtures/genkit-operator-0.5");
const cluster = await startControlPlane();

Deno.test.afterAll(() => cluster.stop());

Deno.test("an empty cluster is ready", async () => {
  const { code, stdout } = await genkitd(cluster.kubeconfig);
  assert.deepEqual(stdout.split("\n").filter((line) => !line.startsWith("ok ")), [""]);
  assert.match(stdout, /^ok {4}Kubernetes version {5}is "v1\.\d+\.\d+"$/m);
  assert.equal(code, 0);
});

Deno.test("genkit-operator 0.5.0 by Helm, running, with its samples", async (t) => {
  await installLegacy({});
  await cluster.kubectl(["create", "namespace", "genkit-operator-system"]);
  await cluster.kubectl(["apply", "-f", join(LEGACY, "samples")]);
  const hold = (renewTime: Date) =>
    apply({
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "e32735a5.genkit.dev", namespace: "genkit-operator-system" },
      spec: {
        holderIdentity: "controller-manager-1",
        // Its 15 s may be over before genkitd, a process of its own, looks.
        leaseDurationSeconds: 3600,
        // MicroTime has six digits.
        renewTime: renewTime.toISOString().replace("Z", "000Z"),
      },
    });

  await t.step(
    "is not ready while it runs and helm uninstall would delete all objects",
    async () => {
      await hold(new Date());
      assert.deepEqual(await failures(), ["CRDs ×8", "genkit-operator 0.5.0"]);
    },
  );

  await t.step("nor when the CRDs were annotated by hand only", async () => {
    await hold(new Date(0));
    await cluster.kubectl(["annotate", "crd", "--all", "helm.sh/resource-policy=keep"]);
    assert.deepEqual(await failures(), ["CRDs ×8"]);
  });

  await t.step("is ready when it is scaled to 0 and its release keeps the CRDs", async () => {
    await installLegacy({ "helm.sh/resource-policy": "keep" });
    assert.deepEqual(await failures(), []);
  });

  await t.step("is not ready with a Service of somebody else in a Flow's place", async () => {
    const { stdout } = await cluster.kubectl(["get", "flows", "-o", "name"]);
    const name = stdout.trim().split("\n")[0]!.split("/")[1]!;
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "default" },
      spec: { ports: [{ port: 80 }] },
    };
    await apply(service);
    assert.deepEqual(await failures(), ["children"]);
    await cluster.kubectl(["delete", "service", name]);
  });

  await t.step("is not ready with an object that genkitd's CRDs refuse", async () => {
    await apply({
      apiVersion: "genkit.dev/v1alpha1",
      kind: "Flow",
      metadata: { name: "1-flow", namespace: "default" },
      spec: { image: "runner", prompts: [{ promptRef: { name: "greeting" } }] },
    });
    const [finding] = (await findings()).filter(({ level }) => level === "fail");
    assert.match(finding?.message ?? "", /^Flow "default\/1-flow": metadata\.name /);
    await cluster.kubectl(["delete", "flow", "1-flow"]);
  });

  await t.step(
    "keeps its objects when genkitd is installed over it, and is ready still",
    async () => {
      const names = ["get", "flows,flowsets,prompts,tools,models,pluginconfigs", "-o", "name"];
      const before = (await cluster.kubectl(names)).stdout;
      const overlay = join(ROOT, "deploy/overlays/cluster-wide");
      await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-k", overlay]);
      assert.equal((await cluster.kubectl(names)).stdout, before);
      assert.deepEqual(await failures(), []);
    },
  );
});

Deno.test("who may not do anything is told so, check by check", async () => {
  await cluster.kubectl(["create", "serviceaccount", "nobody"]);
  const token = await cluster.serviceAccountToken("default", "nobody");
  const { code, stdout, stderr } = await genkitd(await cluster.kubeconfigFor(token));
  assert.equal(code, 1);
  assert.match(stdout, /^fail {2}permissions +you may not install genkitd: you lack /m);
  assert.match(stdout, /^fail {2}CRDs +Cannot get CustomResourceDefinition .*403 Forbidden/m);
  assert.equal(stderr, "error: 6 of the findings stand in the way of an upgrade\n");
  assert.ok(!stdout.includes(token));
});

/** Makes 0.5.0's CRDs as its Helm release has them, which Helm 4 does by server-side apply. */
async function installLegacy(annotations: Record<string, string>): Promise<void> {
  const release = {
    "meta.helm.sh/release-name": "genkit",
    "meta.helm.sh/release-namespace": "ops",
  };
  const folder = join(LEGACY, "crds");
  const items = [...Deno.readDirSync(folder)].map(({ name }) => {
    const crd = parse(Deno.readTextFileSync(join(folder, name)));
    return { ...crd, metadata: { ...crd.metadata, annotations: { ...release, ...annotations } } };
  });
  await cluster.kubectl([
    ...["apply", "--server-side", "--force-conflicts", "--field-manager=helm", "-f", "-"],
  ], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  await untilServed(cluster);
}

async function apply(object: object): Promise<void> {
  await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
}

async function findings(): Promise<Finding[]> {
  const { code, stdout } = await genkitd(cluster.kubeconfig, "--output", "json");
  const findings: Finding[] = JSON.parse(stdout);
  assert.equal(code, findings.some(({ level }) => level === "fail") ? 1 : 0);
  return findings;
}

/** The checks that fail, and how often, by name. */
async function failures(): Promise<string[]> {
  const failed = (await findings()).filter(({ level }) => level === "fail");
  return [...Map.groupBy(failed, ({ check }) => check)]
    .map(([check, { length }]) => length > 1 ? `${check} ×${length}` : check).sort();
}

async function genkitd(kubeconfig: string, ...flags: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "preflight", "--kubeconfig", kubeconfig, ...flags],
    cwd: ROOT,
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out!, stderr: err! };
}
