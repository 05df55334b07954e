/** Beside a genkit-operator 0.5.0, which has the same field manager, genkitd writes nothing. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { LEGACY_LEASE, LEGACY_NAMESPACE } from "../../operator/lease_names.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { untilAllowed } from "./access_review.ts";
import { type AuditedRequest, readAuditLog } from "./audit_log.ts";
import { ClusterClient } from "./cluster_client.ts";
import { startControlPlane } from "./control_plane.ts";
import { startOperator } from "./operator_process.ts";
import { untilServed } from "./until_served.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const HOLDER = "genkit-operator-7d9c_1";
const WRITES = new Set(["create", "update", "patch", "delete", "deletecollection"]);
/** How many objects an operator reconciles at once. */
const WORKERS = 16;

const objects = `
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: echo}, spec: {type: echo}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: echo}, spec: {provider: echo, model: echo, pluginConfigRef: {name: echo}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Hello"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: greeter}, spec: {image: "genkitd:1", modelRef: {name: echo}, prompts: [{promptRef: {name: hello}}]}}
`;

Deno.test("operator: beside a genkit-operator 0.5.0", async (t) => {
  await using plane = await startControlPlane({ audit: "Metadata" });
  const { kubectl } = plane;
  await kubectl(["apply", "--server-side", "-f", CRDS]);
  await untilServed(plane);
  await kubectl(["create", "namespace", LEGACY_NAMESPACE]);
  await kubectl(["create", "serviceaccount", "genkitd"]);
  const everyone = "--group=system:serviceaccounts:default";
  await kubectl(["create", "clusterrolebinding", "test", "--clusterrole=cluster-admin", everyone]);
  // One that may not read 0.5.0's Lease goes on without.
  const acts = [`get leases.coordination.k8s.io @${LEGACY_NAMESPACE}`];
  await untilAllowed(plane, "system:serviceaccount:default:genkitd", acts);
  await kubectl(["apply", "-f", "-"], { input: objects });
  await using cluster = new ClusterClient(plane);
  const deployments = await cluster.follow(resources.Deployment);
  const audited = async () =>
    (await readAuditLog(plane.auditLog)).filter(({ user }) => user.endsWith(":genkitd"));

  let genkitOperator = lead(cluster);
  await genkitOperator.renewed;
  const token = await plane.serviceAccountToken("default", "genkitd");
  await using operator = await startOperator(await plane.kubeconfigFor(token));
  const readyz = async () => {
    const response = await fetch(`${operator.probes}/readyz`);
    return [response.status, (await response.text()).trim()];
  };

  await t.step("while that leads, nothing is written, and /readyz says why", async () => {
    await operator.saw(/genkit-operator leads \(/);
    assert.deepEqual(await readyz(), [
      503,
      `genkit-operator leads ("${HOLDER}"): nothing is written until it is scaled to 0`,
    ]);
    await looks(audited, 3);
    assert.deepEqual((await audited()).filter(isWrite), []);
    assert.match(await (await fetch(operator.metrics)).text(), /^genkitd_leader 0$/m);
    assert.deepEqual(deployments.list(), []);
  });

  await t.step("once that has given its lease back, genkitd goes on", async () => {
    await genkitOperator.release();
    await operator.saw(/"message":"leading"/);
    await cluster.when(() => deployments.get({ namespace: "default", name: "greeter" }));
    assert.deepEqual(await readyz(), [200, "ok"]);
  });

  await t.step(
    "where that leads again, the process ends, says so, and writes no more",
    async () => {
      const busy = keepBusy(cluster);
      genkitOperator = lead(cluster);
      const { code } = await operator.ended;
      await busy.stop();
      assert.equal(code, 1, operator.output());
      assert.match(operator.output(), new RegExp(`genkit-operator leads again: "${HOLDER}"`));
      const said = /"time":"([^"]+)"[^\n]*genkit-operator leads again/.exec(operator.output())![1]!;
      const end = Date.parse(said);
      const late = (await audited()).filter((request) => isWrite(request) && request.arrived > end);
      // Writes that began before it was seen may arrive later: one of each that was reconciled.
      assert.ok(late.length <= WORKERS, JSON.stringify(late));
    },
  );

  await genkitOperator.release();
});

function isWrite({ verb }: AuditedRequest): boolean {
  return WRITES.has(verb);
}

function isLook({ verb, resource, name }: AuditedRequest): boolean {
  return verb === "get" && resource === "leases" && name === LEGACY_LEASE;
}

/** Edits the Prompt until it is told to stop, so that whoever may write has to. */
function keepBusy(cluster: ClusterClient): { stop(): Promise<void> } {
  let over = false;
  const name = { namespace: "default", name: "hello" };
  const editing = (async () => {
    for (let edit = 0; !over; edit++) {
      const content = `Hello ${edit}`;
      await cluster.api.mergePatch(customKinds.Prompt, name, { spec: { content } });
    }
  })();
  return { stop: () => (over = true, editing) };
}

/** Waits until the operator has looked so often whether another leads. */
async function looks(audited: () => Promise<AuditedRequest[]>, count: number): Promise<void> {
  while ((await audited()).filter(isLook).length < count) {
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Holds and renews the lease as genkit-operator 0.5.0 does, until it is released. */
function lead(cluster: ClusterClient): { renewed: Promise<void>; release(): Promise<void> } {
  const put = (spec: Record<string, unknown>) =>
    cluster.api.apply(resources.Lease, leaseOf(spec), { fieldManager: "manager", force: true });
  const renew = () =>
    put({
      holderIdentity: HOLDER,
      leaseDurationSeconds: 15,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    });
  let renewing: Promise<unknown> = renew();
  const timer = setInterval(() => renewing = renewing.then(renew), 2_000);
  return {
    renewed: renewing.then(() => {}),
    release: async () => {
      clearInterval(timer);
      await renewing;
      await put({ holderIdentity: "", leaseDurationSeconds: 1 });
    },
  };
}

function leaseOf(spec: Record<string, unknown>): KubernetesObject {
  const metadata = { namespace: LEGACY_NAMESPACE, name: LEGACY_LEASE };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}
