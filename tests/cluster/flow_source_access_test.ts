/** Who lets a FlowSource in, and what it may do: on a real API server, Git server and registry. */
import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { pushArtifact } from "../../shared/sources/oci/push_artifact.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { bytes, registryOf, REPOSITORY, signal } from "../sources/oci_reading.ts";
import { privateAuthority } from "../sources/private_authority.ts";
import { registryServer, USER } from "../sources/registry_server.ts";
import { ifTrue } from "./condition.ts";
import {
  contentOf,
  flowSource,
  inventoryOf,
  promptFile,
  readyOf,
  syncer,
} from "./flow_source_cluster.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { FlowSource, Prompt } = customKinds;

/** Lets the operator act as the ServiceAccount `deployer`, and that write Prompts of `namespace`. */
function mayDeploy(namespace: string): string {
  return `{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: deploy, namespace: ${namespace}},
  rules: [{apiGroups: [genkit.dev], resources: [prompts], verbs: [get, create, patch, delete]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: deploy, namespace: ${namespace}},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deploy},
  subjects: [{kind: ServiceAccount, name: deployer, namespace: demo}]}
`;
}

const MAY_IMPERSONATE = `
{apiVersion: rbac.authorization.k8s.io/v1, kind: Role, metadata: {name: act-as-deployer},
  rules: [{apiGroups: [""], resources: [serviceaccounts], resourceNames: [deployer], verbs: [impersonate]}]}
---
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: act-as-deployer},
  roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: act-as-deployer},
  subjects: [{kind: ServiceAccount, name: genkitd-operator, namespace: genkitd-system}]}
`;

Deno.test("FlowSource: credentials and permissions on a real API server", async (t) => {
  const { ca, certificate } = await privateAuthority();
  await using repository = await gitRepository();
  const login = { username: "ann", password: "right-password" };
  await using server = await gitServer(repository.folder, { certificate, login });
  await repository.commit({ "hello.yaml": promptFile("hello", "Hello") });
  await using operated = await startOperatedCluster();
  const { cluster, at, apply, plane } = operated;
  const operator = await operated.operate(
    "--source-namespaces",
    "elsewhere",
    "--log-level",
    "debug",
  );
  const sync = syncer(operated);
  const git = { url: server.url };
  const secret = (name: string, stringData: Record<string, string>) =>
    apply([{ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData }]);

  await t.step(
    "a Secret that is not there, a server that nobody vouches for, a wrong password",
    async () => {
      await apply([flowSource("flows", { git, secretRef: { name: "git" } })]);
      const says = (what: RegExp) =>
        cluster.until(FlowSource, at("flows"), (it) => what.test(readyOf(it)));
      await says(
        /^False AuthenticationFailed: Secret "demo\/git" of its credentials does not exist/,
      );
      await secret("git", { username: "ann", password: "wrong-password" });
      await sync("flows");
      await says(/^False Unreachable: Cannot read Git repository/);
      await secret("git", { "ca.crt": ca });
      await sync("flows");
      await says(/^False AuthenticationFailed: Cannot read Git repository/);
    },
  );

  await t.step("a password that is made right is tried by itself", async () => {
    await secret("git", { username: "ann", password: "right-password\n", "ca.crt": ca });
    await cluster.until(FlowSource, at("flows"), (it) => ifTrue(it, "Ready"));
    assert.equal(contentOf(await cluster.api.get(Prompt, at("hello"))), "Hello");
  });

  await t.step(
    "another namespace is refused, unless the operator and a ServiceAccount allow it",
    async () => {
      await operated.kubectl("create", "namespace", "elsewhere");
      const spec = { git, secretRef: { name: "git" } };
      const refused = async (more: object) => {
        await apply([flowSource("far", { ...spec, ...more })]);
        const it = await cluster.until(FlowSource, at("far"), (it) => ifTrue(it, "Stalled"));
        return readyOf(it);
      };
      assert.equal(
        await refused({ targetNamespace: "kube-system", serviceAccountName: "deployer" }),
        'False NotAllowed: spec.targetNamespace is "kube-system", which the operator\'s ' +
          "--source-namespaces does not name",
      );
      assert.equal(
        await refused({ targetNamespace: "elsewhere" }),
        'False NotAllowed: spec.targetNamespace is "elsewhere", another namespace: ' +
          "spec.serviceAccountName should be set",
      );
      await apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: deployer}}");
      await apply([
        flowSource("far", {
          ...spec,
          targetNamespace: "elsewhere",
          serviceAccountName: "deployer",
        }),
      ]);
      await cluster.until(FlowSource, at("far"), (it) => /cannot impersonate/.test(readyOf(it)));
      await apply(MAY_IMPERSONATE);
      await sync("far");
      await cluster.until(
        FlowSource,
        at("far"),
        (it) => /^False NotAllowed: .*system:serviceaccount:demo:deployer/.test(readyOf(it)),
      );
      await plane.kubectl(["apply", "-f", "-"], { input: mayDeploy("elsewhere") });
      await sync("far");
      await cluster.until(FlowSource, at("far"), (it) => ifTrue(it, "Ready"));
      const hello = await cluster.api.get(Prompt, { namespace: "elsewhere", name: "hello" });
      assert.deepEqual(hello!.metadata.labels, {
        "genkit.dev/source": "far",
        "genkit.dev/source-namespace": "demo",
      });
    },
  );

  await t.step("what two sources have is the first one's", async () => {
    await apply([flowSource("second", { git, secretRef: { name: "git" } })]);
    await cluster.until(
      FlowSource,
      at("second"),
      (it) => /^False Conflict: .*is of FlowSource "demo\/flows"/.test(readyOf(it)),
    );
  });

  await t.step("an OCI artifact of a registry that asks for a password", async () => {
    await using registry = await registryServer({ auth: "basic" });
    const push = async (tag: string, texts: Record<string, string>) => {
      using reached = registryOf(registry, USER);
      const files = new Map(Object.entries(texts).map(([path, text]) => [path, bytes(text)]));
      await pushArtifact(reached, { tag, files, signal });
    };
    const auth = btoa(`${USER.username}:${USER.password}`);
    const config = JSON.stringify({ auths: { [registry.host]: { auth } } });
    await secret("registry", { ".dockerconfigjson": config });
    await push("v1.0.0", {
      "one.yaml": promptFile("one", "One"),
      "two.yaml": promptFile("two", "Two"),
    });
    const oci = { url: `oci://${registry.host}/${REPOSITORY}`, ref: { semver: ">=1" } };
    await apply([flowSource("artifact", { oci, secretRef: { name: "registry" }, prune: true })]);
    await cluster.until(
      FlowSource,
      at("artifact"),
      (it) => /^True Synced: Revision "v1\.0\.0@sha256:/.test(readyOf(it)),
    );
    await push("v1.1.0", { "one.yaml": promptFile("one", "One again") });
    assert.deepEqual(inventoryOf(await sync("artifact")), ["Prompt/one"]);
    assert.equal(contentOf(await cluster.api.get(Prompt, at("one"))), "One again");
    assert.equal(await cluster.api.get(Prompt, at("two")), undefined);
  });

  await t.step("no credentials are in logs, statuses and Events", async () => {
    const told = operator.output() + await operated.kubectl("get", "gfsrc,events", "-o", "yaml");
    for (const word of ["right-password", "wrong-password", USER.password]) {
      assert.ok(!told.includes(word) && !told.includes(btoa(`ann:${word}`)), word);
    }
  });
});
