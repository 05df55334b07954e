import assert from "assert";
import { untilAllowed } from "./access_review.ts";
import { readAuditLog } from "./audit_log.ts";
import { type ControlPlane, startControlPlane } from "./control_plane.ts";

const cluster = await startControlPlane({ audit: "Metadata" });

Deno.test.afterAll(() => cluster.stop());

const configMap = (name: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
});

Deno.test("the administrator sees the cluster with kubectl", async () => {
  const { stdout } = await cluster.kubectl(["get", "namespaces", "-o", "name"]);
  assert.match(stdout, /^namespace\/default$/m);
});

Deno.test("a failing kubectl throws what it said, or gives it back", async () => {
  await assert.rejects(
    cluster.kubectl(["get", "configmap", "nothing"]),
    /ended with 1: .*configmaps "nothing" not found/,
  );
  const { code } = await cluster.kubectl(["get", "configmap", "nothing"], { check: false });
  assert.equal(code, 1);
});

Deno.test("a ServiceAccount's token is its identity, and it may do what its roles say", async () => {
  const kubectl = cluster.kubectl;
  await kubectl(["create", "serviceaccount", "reader"]);
  const token = await cluster.serviceAccountToken("default", "reader");
  const pods = "/api/v1/namespaces/default/pods";

  const forbidden = await cluster.fetch(pods, {}, token);
  assert.equal(forbidden.status, 403);
  assert.match(
    (await forbidden.json()).message,
    /User "system:serviceaccount:default:reader" cannot list resource "pods"/,
  );

  await kubectl(["create", "role", "reader", "--verb=list", "--resource=pods"]);
  await kubectl([
    "create",
    "rolebinding",
    "reader",
    "--role=reader",
    "--serviceaccount=default:reader",
  ]);
  await untilAllowed(cluster, "system:serviceaccount:default:reader", ["list pods @default"]);
  const kubeconfig = await cluster.kubeconfigFor(token);
  const { stdout } = await kubectl(["get", "pods", "-o", "name"], { kubeconfig });
  assert.equal(stdout, "");
});

Deno.test("a ServiceAccount that does not exist has no token", async () => {
  await assert.rejects(
    cluster.serviceAccountToken("default", "nobody"),
    /ServiceAccount "default\/nobody": 404 serviceaccounts "nobody" not found/,
  );
});

Deno.test("objects are there after a restart, at the same address", async () => {
  await cluster.kubectl(["create", "-f", "-"], { input: [configMap("kept")] });
  await cluster.restartApiServer();
  const response = await cluster.fetch("/api/v1/namespaces/default/configmaps/kept");
  await response.body?.cancel();
  assert.equal(response.status, 200);
});

Deno.test("an API server that is paused answers nothing until it is resumed", async () => {
  await cluster.pauseApiServer();
  let answered = false;
  const response = cluster.fetch("/readyz").then((response) => {
    answered = true;
    return response.text();
  });
  // A control plane started meanwhile answers: several run side by side.
  await using other = await startControlPlane();
  assert.equal((await other.kubectl(["get", "--raw", "/readyz"])).stdout, "ok");
  assert.equal(answered, false);
  cluster.resumeApiServer();
  assert.equal(await response, "ok");
});

Deno.test("the audit log has every request", async () => {
  await cluster.kubectl(["create", "-f", "-"], { input: [configMap("audited")] });
  const requests = await readAuditLog(cluster.auditLog);
  assert.ok(
    requests.some(({ verb, name, code }) =>
      verb === "create" && name === "audited" && code === 201
    ),
  );
});

Deno.test("an owner's deletion is blocked only by those who may change its finalizers", async () => {
  await cluster.kubectl(["create", "-f", "-"], { input: [configMap("owner")] });
  await cluster.kubectl(["create", "serviceaccount", "child-maker"]);
  await cluster.kubectl(["create", "role", "maker", "--verb=create", "--resource=configmaps"]);
  await cluster.kubectl([
    "create",
    "rolebinding",
    "maker",
    "--role=maker",
    "--serviceaccount=default:child-maker",
  ]);
  const maker = "system:serviceaccount:default:child-maker";
  await untilAllowed(cluster, maker, ["create configmaps @default"]);
  const owner = await cluster.fetch("/api/v1/namespaces/default/configmaps/owner");
  const { metadata: { uid } } = await owner.json();
  const ownerReferences = [
    { apiVersion: "v1", kind: "ConfigMap", name: "owner", uid, blockOwnerDeletion: true },
  ];
  const child = configMap("child");
  const refused = await cluster.fetch("/api/v1/namespaces/default/configmaps", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...child, metadata: { ...child.metadata, ownerReferences } }),
  }, await cluster.serviceAccountToken("default", "child-maker"));
  assert.match((await refused.json()).message, /cannot set blockOwnerDeletion/);
});

Deno.test("with controllers, a Deployment gets its Pods", async () => {
  await using workloads: ControlPlane = await startControlPlane({ controllers: true });
  await workloads.kubectl(["create", "deployment", "greeter", "--image=none", "--replicas=2"]);
  const created = "--for=jsonpath={.status.replicas}=2";
  await workloads.kubectl(["wait", "deployment/greeter", created, "--timeout=5m"]);
  const { stdout } = await workloads.kubectl(["get", "pods", "-o", "name"]);
  assert.equal(stdout.trim().split("\n").length, 2);
});

Deno.test("nothing outlives a test's process that is killed", async () => {
  const program = `
    const { startControlPlane } = await import(${
    JSON.stringify(import.meta.resolve("./control_plane.ts"))
  });
    const { folder, url } = await startControlPlane();
    console.log(JSON.stringify({ folder, url }));
    await new Promise(() => setInterval(() => {}, 1000));
  `;
  await using process = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", program],
    stdout: "piped",
  }).spawn();
  const output = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { folder, url } = JSON.parse((await output.read()).value!);
  const { hostname, port } = new URL(url);
  const address = { hostname, port: Number(port) };
  (await Deno.connect(address)).close();
  const watcher = Deno.watchFs(folder);
  process.kill("SIGKILL");
  await process.status;
  for await (const { kind, paths } of watcher) {
    if (kind === "remove" && paths.includes(folder)) break;
  }
  await output.cancel();
  await assert.rejects(
    async () => {
      // The system takes a moment to take a killed process apart.
      while (true) (await Deno.connect(address)).close();
    },
    Deno.errors.ConnectionRefused,
  );
});
