import assert from "assert";
import type { KubernetesObject, ObjectMeta } from "../../../../operator/kubernetes/object.ts";
import { checkChildren } from "../../../../operator/preflight/check_children.ts";
import { checkCrds } from "../../../../operator/preflight/check_crds.ts";
import { checkLegacyLease } from "../../../../operator/preflight/check_legacy_lease.ts";
import { checkNames } from "../../../../operator/preflight/check_names.ts";
import { checkObjects } from "../../../../operator/preflight/check_objects.ts";
import { checkPermissions } from "../../../../operator/preflight/check_permissions.ts";
import { checkVersion } from "../../../../operator/preflight/check_version.ts";
import { readObjects } from "../../../../operator/preflight/examined_cluster.ts";
import { boundFindings, type Finding } from "../../../../operator/preflight/finding.ts";
import { preflight } from "../../../../operator/preflight/preflight.ts";
import { fakeCluster, NOW } from "./fake_cluster.ts";

Deno.test("Kubernetes 1.31 to 1.35 are ok, newer ones are untested, older ones are refused", async () => {
  const levels: Record<string, string> = {
    "v1.30.9": "fail",
    "v1.31.0": "ok",
    "v1.35.4": "ok",
    "v1.33.1-eks-1234": "ok",
    "v1.36.0-alpha.1": "warn",
    "v2.0.0": "fail",
    nonsense: "fail",
  };
  for (const [version, level] of Object.entries(levels)) {
    const [finding] = await checkVersion(fakeCluster({ version }));
    assert.equal(finding?.level, level, version);
    assert.ok(finding?.message.includes(`"${version}"`));
  }
});

Deno.test("a cluster without CRDs is ok", async () => {
  assert.deepEqual(levelsAndTexts(await checkCrds(fakeCluster())), [
    "ok: none is there: they will be installed",
  ]);
});

Deno.test("CRDs of Helm that the release keeps are ok", async () => {
  const objects = [crd("flows", helm({ "helm.sh/resource-policy": "keep" }), "helm")];
  assert.deepEqual(levelsAndTexts(await checkCrds(fakeCluster({ objects }))), [
    "ok: 1 of 9 are there, and no uninstallation deletes them",
  ]);
});

Deno.test("CRDs that helm uninstall would delete fail, with the command that helps", async () => {
  const objects = [crd("flows", helm({}), "helm")];
  const [finding, ...more] = await checkCrds(fakeCluster({ objects }));
  assert.deepEqual(more, []);
  assert.deepEqual(finding, {
    level: "fail",
    check: "CRDs",
    message: `flows.genkit.dev has helm.sh/resource-policy "", should be "keep": ` +
      "helm uninstall genkit would delete every object of it",
    help: "helm upgrade genkit CHART --reuse-values --set crd.keep=true -n ops",
  });
});

Deno.test("an annotation by hand does not keep a CRD: Helm goes by its release", async () => {
  const objects = [crd("flows", helm({ "helm.sh/resource-policy": "keep" }), "kubectl-annotate")];
  assert.deepEqual(levelsAndTexts(await checkCrds(fakeCluster({ objects }))), [
    "fail: flows.genkit.dev has helm.sh/resource-policy by kubectl-annotate only, which Helm does " +
    "not look at: helm uninstall genkit would delete every object of it",
  ]);
});

Deno.test("CRDs of 0.5.0's manifest are warned of, genkitd's own are not", async () => {
  const annotations = { "controller-gen.kubebuilder.io/version": "v0.20.1" };
  const objects = [crd("flows", annotations, "kubectl"), crd("tools", {}, "kubectl")];
  const findings = await checkCrds(fakeCluster({ objects }));
  assert.deepEqual(findings.map(({ level, message }) => [level, message.split(" ")[0]]), [
    ["warn", "flows.genkit.dev"],
  ]);
});

Deno.test("CRDs that genkitd's own chart was told not to keep fail, with that chart's value", async () => {
  const objects = [
    crd("flows", helm({}), "helm", { labels: { "helm.sh/chart": "genkitd-0.1.0" } }),
  ];
  const [finding] = await checkCrds(fakeCluster({ objects }));
  assert.equal(finding?.level, "fail");
  assert.equal(
    finding?.help,
    "helm upgrade genkit CHART --reuse-values --set crds.keep=true -n ops",
  );
});

Deno.test("genkit-operator runs while its lease is held and was renewed in time", async () => {
  const cases: [spec: object, level: string][] = [
    [{ holderIdentity: "pod-1", leaseDurationSeconds: 15, renewTime: ago(14) }, "fail"],
    [{ holderIdentity: "pod-1", leaseDurationSeconds: 15, renewTime: ago(16) }, "ok"],
    [{ holderIdentity: "pod-1", leaseDurationSeconds: 60, renewTime: ago(16) }, "fail"],
    [{ holderIdentity: "", leaseDurationSeconds: 15, renewTime: ago(1) }, "ok"],
    [{}, "ok"],
  ];
  for (const [spec, level] of cases) {
    for (const namespace of [undefined, "demo"]) {
      const objects = [lease("genkit-operator-system", spec)];
      const [finding] = await checkLegacyLease(fakeCluster({ objects, namespace }));
      assert.equal(finding?.level, level, JSON.stringify(spec));
    }
  }
  assert.equal((await checkLegacyLease(fakeCluster()))[0]?.level, "ok");
});

Deno.test("genkit-operator is found in another namespace, and the flag for it is named", async () => {
  const spec = { holderIdentity: "pod-1", leaseDurationSeconds: 15, renewTime: ago(1) };
  const [there, elsewhere] = await Promise.all(
    ["genkit-operator-system", "ai"].map((namespace) =>
      checkLegacyLease(fakeCluster({ objects: [lease(namespace, spec)] }))
    ),
  );
  assert.match(elsewhere?.[0]?.help ?? "", /-n ai .* --legacy-namespace=ai$/);
  assert.match(there?.[0]?.help ?? "", /-n genkit-operator-system .* --replicas=0$/);
});

Deno.test("a Flow and a FlowSet of one name collide in one namespace only; the older wins", () => {
  const older = "2025-01-01T00:00:00Z";
  const younger = "2025-01-02T00:00:00Z";
  const names = (...objects: KubernetesObject[]) => levelsAndTexts(checkNames(objects));
  assert.deepEqual(names(object("Flow", "a"), object("FlowSet", "b"), object("Prompt", "a")), [
    "ok: no Flow and FlowSet share a name",
  ]);
  assert.deepEqual(names(object("Flow", "a"), object("FlowSet", "a", { namespace: "other" })), [
    "ok: no Flow and FlowSet share a name",
  ]);
  assert.deepEqual(
    names(
      object("Flow", "a", { creationTimestamp: younger }),
      object("FlowSet", "a", { creationTimestamp: older }),
    ),
    [
      'fail: FlowSet "demo/a" and the Flow share a name: the older, the FlowSet, will have the ' +
      "pods, and the other will be Stalled",
    ],
  );
});

Deno.test("an object that genkitd refuses fails, with the field and what it should be", () => {
  const bad = { ...object("Prompt", "greeting"), spec: { content: "" } };
  const [finding] = checkObjects([object("Flow", "greeter"), bad]);
  assert.equal(finding?.level, "fail");
  assert.match(finding?.message ?? "", /^Prompt "demo\/greeting": spec\.content is /);
});

Deno.test("a field that genkitd does not know is a warning, statuses are none", () => {
  const odd = { ...object("Prompt", "greeting"), spec: { content: "Hi", colour: "red" } };
  const old = { ...object("Prompt", "older"), spec: { content: "Hi" }, status: { odd: 1 } };
  assert.deepEqual(checkObjects([odd, old]).map(({ level, message }) => [level, message]), [
    ["warn", checkObjects([odd])[0]!.message],
  ]);
  assert.match(checkObjects([odd])[0]!.message, /spec\.colour/);
});

Deno.test("objects that are valid are counted", () => {
  assert.deepEqual(levelsAndTexts(checkObjects([])), ["ok: there are none"]);
  const valid = [object("Flow", "greeter"), object("FlowSet", "all")];
  assert.deepEqual(levelsAndTexts(checkObjects(valid)), ["ok: all 2 are valid"]);
});

Deno.test("children that 0.5.0 made are ok; one of somebody else in their place fails", async () => {
  const flow = object("Flow", "greeter");
  const ours = child("Deployment", "greeter", flow);
  const foreign = child("Service", "greeter", undefined);
  const other = child("Service", "unrelated", undefined);
  const check = (...children: KubernetesObject[]) =>
    checkChildren(fakeCluster({ objects: children }), [flow]);
  assert.deepEqual(levelsAndTexts(await check(ours, other)), [
    "ok: no ConfigMap of 0.5.0 is there",
  ]);
  assert.deepEqual(levelsAndTexts(await check(ours, foreign)), [
    'fail: Service "demo/greeter" is not controlled by Flow "demo/greeter", which needs the name',
    "ok: no ConfigMap of 0.5.0 is there",
  ]);
});

Deno.test("ConfigMaps of 0.5.0 are counted, orphans among them named, genkitd's own are not", async () => {
  const flow = object("Flow", "greeter");
  const objects = [
    child("ConfigMap", "greeter-config", flow),
    child("ConfigMap", "greeter-prompts", flow),
    child("ConfigMap", "gone-config", undefined),
    child("ConfigMap", "greeter-0123456789ab", flow),
    child("ConfigMap", "greeter-0123456789ab-2", flow),
    { ...child("ConfigMap", "foreign", undefined), metadata: { name: "x", namespace: "demo" } },
  ];
  assert.deepEqual(levelsAndTexts(await checkChildren(fakeCluster({ objects }), [flow])), [
    'warn: ConfigMap "demo/gone-config" has no owner, and will stay',
    "ok: 2 of 0.5.0's ConfigMaps stay until the new pods of their server serve, then go",
  ]);
});

Deno.test("an administrator may install; who may not is told what he lacks", async () => {
  const check = async (allows: (act: string) => boolean, namespace?: string) =>
    levelsAndTexts(await checkPermissions(fakeCluster({ allows, namespace: namespace! })));
  const ok = ["ok: you may install genkitd"];
  assert.deepEqual(await check((act) => act === "* *.*"), ok);
  assert.deepEqual(await check((act) => act !== "* *.*"), ok);
  const some = (act: string) => !/^(\* |escalate)|secrets|clusterrolebindings/.test(act);
  assert.deepEqual(await check(some), [
    "fail: you may not install genkitd: you lack " +
    "create clusterrolebindings.rbac.authorization.k8s.io, " +
    "patch clusterrolebindings.rbac.authorization.k8s.io, get secrets",
  ]);
  assert.deepEqual(await check(some, "demo"), [
    "fail: you may not install genkitd: you lack get secrets, list secrets, watch secrets",
  ]);
  const escalating = (act: string) => !/^\* |secrets/.test(act);
  assert.deepEqual(await check(escalating), ok);
  const [none] = await check(() => false);
  assert.match(none!, / and \d+ more$/);
});

Deno.test("objects of a list have their kinds; a kind without a CRD has none", async () => {
  const objects = [object("Flow", "greeter"), object("Flow", "b", { namespace: "other" })];
  const read = await readObjects(fakeCluster({ objects, namespace: "demo", unknown: ["Eval"] }));
  assert.deepEqual(read, [objects[0]]);
});

Deno.test("a check that cannot be made fails, and the others go on", async () => {
  const findings = await preflight(fakeCluster({ forbidden: ["Lease"] }));
  assert.deepEqual(findings.map(({ level, check }) => `${check}: ${level}`), [
    "Kubernetes version: ok",
    "permissions: ok",
    "genkit-operator 0.5.0: fail",
    "CRDs: ok",
    "names: ok",
    "objects: ok",
    "children: ok",
  ]);
  assert.equal(findings[2]!.message, "Cannot list Lease: 403");
});

Deno.test("of many findings alike, the first are told and the rest are counted", () => {
  const finding: Finding = { level: "warn", check: "objects", message: "m" };
  const many = [...Array(24).fill(finding), { ...finding, level: "fail" }];
  const bound = boundFindings(many);
  assert.equal(bound.length, 21);
  assert.deepEqual(bound.at(-1), { ...finding, level: "fail", message: "and 5 more like these" });
});

function levelsAndTexts(findings: Finding[]): string[] {
  return findings.map(({ level, message }) => `${level}: ${message}`);
}

function ago(seconds: number): string {
  return new Date(NOW - seconds * 1000).toISOString();
}

function crd(
  plural: string,
  annotations: Record<string, string>,
  manager: string,
  metadata: { labels?: Record<string, string> } = {},
) {
  const name = `${plural}.genkit.dev`;
  const fields = Object.fromEntries(Object.keys(annotations).map((key) => [`f:${key}`, {}]));
  const fieldsV1 = { "f:metadata": { "f:annotations": fields } };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { ...metadata, name, annotations, managedFields: [{ manager, fieldsV1 }] },
  };
}

function helm(annotations: Record<string, string>): Record<string, string> {
  const release = "meta.helm.sh/release";
  return { [`${release}-name`]: "genkit", [`${release}-namespace`]: "ops", ...annotations };
}

function lease(namespace: string, spec: object): KubernetesObject {
  const metadata = { namespace, name: "e32735a5.genkit.dev" };
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata, spec };
}

function object(kind: string, name: string, metadata: Partial<ObjectMeta> = {}): KubernetesObject {
  const modelSpec = { provider: "echo", model: "echo", pluginConfigRef: { name: "echo" } };
  const prompts = [{ promptRef: { name: "greeting" } }];
  const specs: Record<string, object> = {
    Flow: { image: "runner", modelSpec, prompts },
    FlowSet: { image: "runner", flows: [{ name: "greeter", modelSpec, prompts }] },
    Prompt: { content: "Hello" },
  };
  return {
    apiVersion: "genkit.dev/v1alpha1",
    kind,
    metadata: { name, namespace: "demo", uid: `${kind}-${name}`, ...metadata },
    spec: specs[kind],
  };
}

function child(kind: string, name: string, owner?: KubernetesObject): KubernetesObject {
  const reference = owner && {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid!,
    controller: true,
  };
  const labels = { "app.kubernetes.io/managed-by": "genkit-operator" };
  const ownerReferences = reference ? [reference] : [];
  return { apiVersion: "v1", kind, metadata: { name, namespace: "demo", labels, ownerReferences } };
}
