import assert from "assert";
import { join } from "node:path";
import { VERSION } from "../../shared/version.ts";
import { refusedActs, untilAllowed } from "./access_review.ts";
import { childrenOfEveryKind } from "./children_of_every_kind.ts";
import { startControlPlane } from "./control_plane.ts";
import { operatorGrants } from "./operator_grants.ts";
import { podAdmission } from "./pod_admission.ts";
import { untilServed } from "./until_served.ts";

const DEPLOY = new URL("../../deploy", import.meta.url).pathname;
const cluster = await startControlPlane();

Deno.test.afterAll(() => cluster.stop());

interface Overlay {
  /** Where the operator runs. */
  home: string;
  /** Where it looks after objects. */
  at: string;
  replicas: number;
  args: string[];
  image: string;
}

const image = `ghcr.io/genkitd/genkitd:${VERSION}`;
const everywhere: Overlay = {
  home: "genkitd-system",
  at: "demo",
  replicas: 1,
  args: ["operator"],
  image,
};

const OVERLAYS: Record<string, Overlay> = {
  "cluster-wide": everywhere,
  "high-availability": { ...everywhere, replicas: 2 },
  development: {
    ...everywhere,
    image: "genkitd:dev",
    args: ["operator", "--log-format=text", "--log-level=debug"],
  },
  namespaced: {
    home: "genkit",
    at: "genkit",
    replicas: 1,
    image,
    args: ["operator", "--namespace=$(POD_NAMESPACE)", "--watch-secrets"],
  },
};

Deno.test.beforeAll(async () => {
  for (const name of ["genkit", "demo"]) {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await post("/api/v1/namespaces", { metadata: { name, labels } });
  }
  await apply("crds");
  await untilServed(cluster);
});

for (const [name, { home, at, replicas, args, image }] of Object.entries(OVERLAYS)) {
  const account = `system:serviceaccount:${home}:genkitd-operator`;
  const { may, mayNot } = operatorGrants({ home, namespaced: name === "namespaced" });

  Deno.test(`overlay ${name}`, async (t) => {
    await t.step("applies, and again", async () => {
      await apply(`overlays/${name}`);
      assert.match(await apply(`overlays/${name}`), /deployment.apps\/genkitd-operator serverside/);
    });

    const deployment = `/apis/apps/v1/namespaces/${home}/deployments/genkitd-operator`;
    const { spec } = await (await cluster.fetch(deployment)).json();

    await t.step("runs the operator with the flags that it should", () => {
      const [container] = spec.template.spec.containers;
      assert.deepEqual(
        { replicas: spec.replicas, args: container.args, image: container.image },
        { replicas, args, image },
      );
    });

    await t.step("makes pods that the restricted Pod Security Standard admits", async () => {
      const { plain, privileged } = await podAdmission(cluster, home, spec.template.spec);
      assert.equal(plain, "admitted");
      assert.match(privileged, /violates PodSecurity/, "the namespace enforces the standard");
    });

    await t.step("gives the operator what it needs", async () => {
      await untilAllowed(cluster, account, may);
    });

    await t.step("gives the operator nothing more", async () => {
      assert.deepEqual(await refusedActs(cluster, account, mayNot), mayNot);
    });

    await t.step("lets the operator make, change and remove a Flow's children", async () => {
      const flows = `/apis/genkit.dev/v1alpha1/namespaces/${at}/flows`;
      const flow = await post(flows, {
        apiVersion: "genkit.dev/v1alpha1",
        kind: "Flow",
        metadata: { name: "greeter" },
        spec: { image: "none", prompts: [{ promptRef: { name: "greeting" } }] },
      });
      assert.equal(flow.status, 201, flow.text);
      const token = await cluster.serviceAccountToken(home, "genkitd-operator");
      await writeChildren(at, JSON.parse(flow.text).metadata.uid, token);
      const status = { status: { phase: "Pending" } };
      await send("PATCH", `${flows}/greeter/status`, status, "application/merge-patch+json", token);
      await cluster.kubectl(["delete", "flow", "greeter", "-n", at]);
    });

    await cluster.kubectl(["delete", "deployment", "genkitd-operator", "-n", home]);
  });
}

Deno.test("everything of an overlay can be found by its label, to remove it", async () => {
  await apply("overlays/cluster-wide");
  const { stdout } = await cluster.kubectl([
    ...["get", "clusterroles,clusterrolebindings", "-o", "name"],
    ...["-l", "app.kubernetes.io/part-of=genkitd"],
  ]);
  assert.deepEqual(
    stdout.trim().split("\n").map((line) => line.split(".")[0] + line.slice(line.indexOf("/"))),
    [
      "clusterrole/genkitd-admin",
      "clusterrole/genkitd-editor",
      "clusterrole/genkitd-operator",
      "clusterrole/genkitd-operator-legacy-lease",
      "clusterrole/genkitd-viewer",
      "clusterrolebinding/genkitd-operator",
      "clusterrolebinding/genkitd-operator-legacy-lease",
    ],
  );
});

Deno.test("genkitd-viewer, -editor and -admin each may do more, and are parts of view, edit, admin", async () => {
  await apply("roles");
  const acts = {
    viewer: ["get flows.genkit.dev @demo", "watch prompts.genkit.dev @demo"],
    editor: ["create flows.genkit.dev @demo", "patch flows.genkit.dev/scale @demo"],
    admin: ["patch flows.genkit.dev/status @demo"],
  };
  const aggregated = { viewer: "view", editor: "edit", admin: "admin" };
  for (const [index, role] of (["viewer", "editor", "admin"] as const).entries()) {
    await cluster.kubectl([
      ...["create", "rolebinding", role, "-n", "demo", `--user=${role}`],
      `--clusterrole=genkitd-${role}`,
    ]);
    await untilAllowed(cluster, role, Object.values(acts).slice(0, index + 1).flat());
    const refused = await refusedActs(cluster, role, Object.values(acts).flat());
    assert.deepEqual(refused, Object.values(acts).slice(index + 1).flat(), role);
    const { stdout } = await cluster.kubectl([
      "get",
      "clusterrole",
      `genkitd-${role}`,
      "-o",
      "yaml",
    ]);
    assert.match(stdout, RegExp(`aggregate-to-${aggregated[role]}: "true"`));
  }
});

Deno.test("Argo CD's health checks leave the rest of its ConfigMap as it is", async () => {
  await cluster.kubectl(["create", "namespace", "argocd"]);
  const metadata = { name: "argocd-cm" };
  await post("/api/v1/namespaces/argocd/configmaps", { metadata, data: { url: "kept" } });
  await cluster.kubectl([
    ...["apply", "--server-side", "-f", join(DEPLOY, "argocd/argocd-cm.yaml")],
  ]);
  const path = "/api/v1/namespaces/argocd/configmaps/argocd-cm";
  const { data } = await (await cluster.fetch(path)).json();
  assert.deepEqual([data.url, Object.keys(data).length], ["kept", 10]);
});

/** Applies each kind of child as a token's owner, changes it, and deletes it. */
async function writeChildren(namespace: string, uid: string, token: string): Promise<void> {
  const owner = {
    apiVersion: "genkit.dev/v1alpha1",
    kind: "Flow",
    name: "greeter",
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
  for (const [apiVersion, kind, plural, content] of childrenOfEveryKind) {
    const root = apiVersion === "v1" ? "/api" : "/apis";
    const path = `${root}/${apiVersion}/namespaces/${namespace}/${plural}/greeter`;
    for (const labels of [{}, { changed: "yes" }]) {
      const metadata = { name: "greeter", namespace, labels, ownerReferences: [owner] };
      const child = { apiVersion, kind, metadata, ...content };
      const query = "?fieldManager=genkit-operator&force=true";
      await send("PATCH", path + query, child, "application/apply-patch+yaml", token);
    }
    await send("DELETE", path, {}, "application/json", token);
  }
}

async function apply(folder: string): Promise<string> {
  return (await cluster.kubectl(["apply", "--server-side", "-k", join(DEPLOY, folder)])).stdout;
}

async function post(path: string, body: object): Promise<{ status: number; text: string }> {
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  const response = await cluster.fetch(path, init);
  return { status: response.status, text: await response.text() };
}

async function send(
  method: string,
  path: string,
  body: object,
  type: string,
  token: string,
): Promise<void> {
  const init = { method, headers: { "content-type": type }, body: JSON.stringify(body) };
  const response = await cluster.fetch(path, init, token);
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${text}`);
}
