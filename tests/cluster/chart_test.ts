/** The chart's releases, made by real helm on a real API server. */
import assert from "assert";
import { ROOT } from "../../tasks/checkout.ts";
import { refusedActs, untilAllowed } from "./access_review.ts";
import { startControlPlane } from "./control_plane.ts";
import { createHelm } from "./helm.ts";
import { operatorGrants } from "./operator_grants.ts";
import { podAdmission } from "./pod_admission.ts";
import { untilServed } from "./until_served.ts";

const CHART = `${ROOT}deploy/chart`;
/** What etcd takes, and so a Secret, which is what helm keeps a release in. */
const MAX_SECRET = 1024 * 1024;
const cluster = await startControlPlane();
const helm = await createHelm(cluster);

Deno.test.afterAll(() => cluster.stop());

Deno.test.beforeAll(async () => {
  for (const name of ["genkitd-system", "genkit", "team-a"]) {
    await cluster.kubectl(["create", "namespace", name]);
    const label = "pod-security.kubernetes.io/enforce=restricted";
    await cluster.kubectl(["label", "namespace", name, label]);
  }
});

Deno.test("a release for the whole cluster", async (t) => {
  const release = ["genkitd", "--namespace", "genkitd-system"];
  const { stdout } = await helm(["install", ...release, CHART]);

  await t.step("says what it is, and what comes next", () => {
    assert.match(stdout, /NOTES:\ngenkitd \d+\.\d+\.\d+ looks after all namespaces\.\n/);
    assert.match(stdout, /\n {2}kubectl get genkit -A\n/);
  });

  await t.step("has the CRDs, which take objects at once", async () => {
    await untilServed(cluster);
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(PROMPT) });
  });

  await t.step("is a Secret that is far from too large", async () => {
    const args = ["get", "secret", "-n", "genkitd-system", "-l", "owner=helm", "-o", "json"];
    const { items } = JSON.parse((await cluster.kubectl(args)).stdout);
    assert.equal(items.length, 1);
    assert.ok(JSON.stringify(items[0]).length < MAX_SECRET / 4);
  });

  await checkOperator(t, { home: "genkitd-system", namespaced: false });

  await t.step("changes with its values, and keeps the revisions", async () => {
    await helm(["upgrade", ...release, CHART, "--set", "replicas=2,log.level=debug"]);
    assert.deepEqual(await deployed("genkitd-system"), {
      replicas: 2,
      args: ["operator", "--log-level=debug"],
    });
    await cluster.kubectl(["get", "pdb", "genkitd-operator", "-n", "genkitd-system"]);
  });

  await t.step("does not change with a value that does not exist", async () => {
    const flags = ["--set", "replica=3"];
    const { code, stderr } = await helm(["upgrade", ...release, CHART, ...flags], { check: false });
    assert.equal(code, 1);
    assert.match(stderr, /additional properties 'replica' not allowed/);
    assert.equal((await deployed("genkitd-system")).replicas, 2);
  });

  await t.step("rolls back", async () => {
    await helm(["rollback", "genkitd", "1", "--namespace", "genkitd-system"]);
    assert.deepEqual(await deployed("genkitd-system"), { replicas: 1, args: ["operator"] });
    const { stdout } = await cluster.kubectl(["get", "pdb", "-A", "-o", "name"]);
    assert.equal(stdout, "");
  });

  await t.step("is the only one: a second is refused, and nothing of it is made", async () => {
    const other = ["install", "other", CHART, "--namespace", "team-a"];
    for (
      const [values, object] of [
        [{}, `CustomResourceDefinition "datasets.genkit.dev"`],
        [{ crds: { install: false } }, `ClusterRole "genkitd-`],
      ] as const
    ) {
      const { code, stderr } = await helm(other, { values, check: false });
      assert.equal(code, 1);
      assert.ok(stderr.includes(`nable to continue with install: ${object}`), stderr);
      assert.match(stderr, /"meta.helm.sh\/release-name" must equal "other": current value is "ge/);
    }
    const { stdout } = await cluster.kubectl(["get", "deploy,sa,role", "-n", "team-a"]);
    assert.doesNotMatch(stdout, /genkitd/);
    assert.equal((await helm(["list", "-qn", "team-a"])).stdout, "");
  });

  await t.step("keeps CRDs and objects when the CRDs are taken out of it", async () => {
    await helm(["upgrade", ...release, CHART, "--set", "crds.install=false"]);
    await objectIsThere();
    await helm(["upgrade", ...release, CHART, "--reset-values"]);
  });

  await t.step("leaves CRDs and objects when it is uninstalled, and nothing else", async () => {
    const { stdout } = await helm(["uninstall", ...release]);
    assert.equal(stdout.match(/\[CustomResourceDefinition\] \w+\.genkit\.dev/g)?.length, 9);
    await objectIsThere();
    assert.deepEqual(await leftOver(), []);
  });

  await t.step("comes back by its name, and finds the objects", async () => {
    await helm(["install", ...release, CHART]);
    await objectIsThere();
  });

  await t.step("deletes the CRDs only where it is told to, and warns of it", async () => {
    const { stdout } = await helm(["upgrade", ...release, CHART, "--set", "crds.keep=false"]);
    assert.match(stdout, /\ncrds\.keep is false: `helm uninstall genkitd` deletes the CRDs/);
    await helm(["uninstall", ...release]);
    await cluster.kubectl(["wait", "--for=delete", "crd", "--all", "--timeout=5m"]);
  });
});

Deno.test("releases for one namespace each", async (t) => {
  await cluster.kubectl(["apply", "--server-side", "-k", `${ROOT}deploy/crds`]);
  const own = "namespaced=true,crds.install=false,roles.create=false";
  // What is of the cluster does not clash either.
  const more = "legacyLease.enabled=true,metricsAuth.enabled=true";
  for (const [namespace, set] of [["genkit", own], ["team-a", `${own},${more}`]]) {
    const flags = ["--namespace", namespace!, "--set", set!];
    const { stdout } = await helm(["install", "genkitd", CHART, ...flags]);
    assert.match(stdout, RegExp(`looks after the namespace ${namespace}\\.\n`));
    assert.match(stdout, /The CRDs of genkit\.dev are not part of this release/);
  }
  await helm(["upgrade", "genkitd", CHART, "--namespace", "genkit", "--set", `${own},${more}`]);
  const reader = "genkitd-metrics-reader-";
  await cluster.kubectl(["get", "clusterrole", `${reader}genkit`, `${reader}team-a`]);
  await helm(["rollback", "genkitd", "--namespace", "genkit"]);

  await checkOperator(t, { home: "genkit", namespaced: true });

  await t.step("is the only one in it", async () => {
    const flags = ["--namespace", "genkit", "--set", own];
    const { stderr } = await helm(["install", "b", CHART, ...flags], { check: false });
    assert.match(stderr, /ServiceAccount "genkitd-operator" in namespace "genkit" exists/);
  });

  await t.step("needs no rights outside of it", async () => {
    await cluster.kubectl(["create", "namespace", "team-b"]);
    await cluster.kubectl(["create", "serviceaccount", "owner", "-n", "team-b"]);
    await cluster.kubectl([
      ...["create", "rolebinding", "owner", "-n", "team-b", "--clusterrole=cluster-admin"],
      "--serviceaccount=team-b:owner",
    ]);
    await untilAllowed(cluster, "system:serviceaccount:team-b:owner", ["create secrets @team-b"]);
    const token = await cluster.serviceAccountToken("team-b", "owner");
    const kubeconfig = await cluster.kubeconfigFor(token);
    const flags = ["--namespace", "team-b", "--set", own];
    await helm(["install", "genkitd", CHART, ...flags], { kubeconfig });
    const { stderr } = await helm(
      ["upgrade", "genkitd", CHART, "--namespace", "team-b", "--reset-values"],
      { kubeconfig, check: false },
    );
    assert.match(stderr, /is forbidden: User "system:serviceaccount:team-b:owner" cannot get/);
    await helm(["uninstall", "genkitd", "--namespace", "team-b"], { kubeconfig });
  });

  for (const namespace of ["genkit", "team-a"]) {
    await helm(["uninstall", "genkitd", "--namespace", namespace]);
  }
  assert.deepEqual(await leftOver(), []);
});

const PROMPT = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "Prompt",
  metadata: { name: "greeting", namespace: "team-a" },
  spec: { content: "Hello" },
};

async function objectIsThere(): Promise<void> {
  await cluster.kubectl(["get", "prompt", "greeting", "-n", "team-a"]);
}

/** The pods' rights and their admission, as the overlays' are checked. */
async function checkOperator(
  t: Deno.TestContext,
  { home, namespaced }: { home: string; namespaced: boolean },
): Promise<void> {
  await t.step("makes pods that the restricted Pod Security Standard admits", async () => {
    const { spec } = await deployment(home);
    const { plain, privileged } = await podAdmission(cluster, home, spec.template.spec);
    assert.equal(plain, "admitted");
    assert.match(privileged, /violates PodSecurity/);
  });

  await t.step("gives the operator what it needs, and nothing more", async () => {
    const account = `system:serviceaccount:${home}:genkitd-operator`;
    const { may, mayNot } = operatorGrants({ home, namespaced });
    await untilAllowed(cluster, account, may);
    assert.deepEqual(await refusedActs(cluster, account, mayNot), mayNot);
  });
}

async function deployment(namespace: string) {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/genkitd-operator`;
  return await (await cluster.fetch(path)).json();
}

async function deployed(namespace: string): Promise<{ replicas: number; args: string[] }> {
  const { spec } = await deployment(namespace);
  return { replicas: spec.replicas, args: spec.template.spec.containers[0].args };
}

/** The objects with Helm's label that are left, but for CRDs. */
async function leftOver(): Promise<string[]> {
  const kinds = "deploy,svc,sa,pdb,role,rolebinding,clusterrole,clusterrolebinding,secret";
  const { stdout } = await cluster.kubectl([
    ...["get", kinds, "-A", "-o", "name", "-l", "app.kubernetes.io/managed-by=Helm"],
  ]);
  return stdout.split("\n").filter((line) => line !== "");
}
