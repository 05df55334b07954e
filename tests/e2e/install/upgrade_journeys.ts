import assert from "assert";
import { LEGACY_LEASE, LEGACY_NAMESPACE } from "../../../operator/lease_names.ts";
import { resources } from "../../../operator/kubernetes/resources.ts";
import { FIELD_MANAGER } from "../../../operator/render/names.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { objectsOf05 } from "../../cluster/objects_of_0_5.ts";
import { untilServed } from "../../cluster/until_served.ts";
import { oldRunner } from "../cluster/old_runner.ts";
import type { Installation } from "./installation.ts";
import type { Journey } from "./journey.ts";
import { flow, prompt, SHARED } from "./objects.ts";
import { restsDuring } from "./rests_during.ts";
import { rolls } from "./rolls.ts";

/** The image of genkit-operator 0.5.0's pods. */
const OLD_RUNNER = "ghcr.io/xavidop/genkit-operator-runner:0.5.0";
const LEASE = { name: LEGACY_LEASE, namespace: LEGACY_NAMESPACE };

/** Makes what is there where genkit-operator 0.5.0 runs: its CRDs, a Flow that serves, its Lease. */
export async function install05(
  { cluster, seen, at, apply, kubectl, way }: Installation,
): Promise<void> {
  cluster.images[OLD_RUNNER] = await oldRunner();
  // Its pods are not restricted.
  await kubectl("label", "ns", way.namespace, "pod-security.kubernetes.io/enforce-");
  await kubectl("apply", "--server-side", "-f", "tests/fixtures/genkit-operator-0.5/crds");
  await untilServed(cluster.controlPlane);
  const prompts = [{ promptRef: { name: "greeter" } }];
  await apply(
    ...SHARED,
    prompt("greeter", "Hello {{name}}"),
    flow("greeter", { prompts, promptRefs: undefined, probes: undefined }),
  );
  const { uid } = (await seen.api.get(customKinds.Flow, at("greeter")))!.metadata;
  for (const child of objectsOf05({ kind: "Flow", ...at("greeter"), uid: uid! }, "echo-keys")) {
    const options = { fieldManager: FIELD_MANAGER, force: true };
    await seen.api.apply(resources[child.kind as keyof typeof resources], child, options);
  }
  // Without probes, Kubernetes counts its pod as ready before it listens.
  await cluster.kubelet.sawOf(way.namespace, /the old runner listens/);
  await kubectl("create", "namespace", LEGACY_NAMESPACE);
  await apply({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: LEASE,
    spec: {
      holderIdentity: "genkit-operator-0",
      leaseDurationSeconds: 3600,
      renewTime: new Date().toISOString().replace("Z", "000Z"),
    },
  });
}

/** While 0.5.0 leads, nothing is written; then its Flow is taken over by one rollout. */
export const takesOver: Journey = {
  name: "0.5.0 is waited for, and then what it made is taken over by one rollout",
  async run(installation) {
    const { way, cluster, seen, at, operators, kubectl, call } = installation;
    assert.match((await call("greeter")).body, /the old runner/);
    const before = (await seen.api.get(resources.Deployment, at("greeter")))!;
    await restsDuring(installation, async () => {
      await cluster.kubelet.sawOf(way.home, /genkit-operator leads/);
      const [pod] = await operators();
      const { status, text } = await pod!.get(8081, "/readyz");
      assert.equal(status, 503);
      assert.match(text, /nothing is written until it is scaled to 0/);
    });
    const patch = JSON.stringify({ spec: { holderIdentity: "" } });
    const scaledDown = ["patch", "lease", LEASE.name, "-n", LEASE.namespace, "--type=merge"];
    await rolls(installation, "greeter", async () => {
      await kubectl(...scaledDown, "-p", patch);
    });
    assert.match((await call("greeter")).body, /Hello Ann/);
    const { metadata } = (await seen.api.get(resources.Deployment, at("greeter")))!;
    assert.equal(metadata.uid, before.metadata.uid);
    assert.equal(metadata.annotations?.["deployment.kubernetes.io/revision"], "2");
    const old = [
      "configmap/greeter-prompts",
      "configmap/greeter-tools",
      "configmap/greeter-config",
    ];
    await kubectl("wait", "--for=delete", "--timeout=2m", ...old);
  },
};
