/**
 * genkitd takes over what genkit-operator 0.5.0 made: the same Deployments and Services, one rollout,
 * and nothing of 0.5.0 is left over.
 */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import { resources } from "../../operator/kubernetes/resources.ts";
import { FIELD_MANAGER } from "../../operator/render/names.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { ifTrue } from "./condition.ts";
import { objectsOf05 } from "./objects_of_0_5.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const objects = `
{apiVersion: v1, kind: Secret, metadata: {name: key}, stringData: {GEMINI_API_KEY: a1}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: gemini}, spec: {type: googleai, credentialsRef: {name: key}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: flash}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: gemini}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: one}, spec: {image: "genkitd:1", modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: FlowSet, metadata: {name: set}, spec: {image: "genkitd:1", flows: [{name: part, modelRef: {name: flash}, prompts: [{promptRef: {name: hello}}]}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Dataset, metadata: {name: samples}, spec: {format: jsonl, source: {inline: "{}"}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Eval, metadata: {name: check}, spec: {flowRef: {name: one}, datasetRef: {name: samples}, metrics: [correctness], runnerImage: "runner:1", outputSink: {configMap: {name: results, key: results}}}}
`;

Deno.test("upgrade from genkit-operator 0.5.0", async (t) => {
  await using operated = await startOperatedCluster({ pods: true });
  const { cluster, apply, at, namespace } = operated;
  const servers = [[customKinds.Flow, "one"], [customKinds.FlowSet, "set"]] as const;
  const deployments = await cluster.follow(resources.Deployment);
  const services = await cluster.follow(resources.Service);
  const configMaps = await cluster.follow(resources.ConfigMap);
  const pods = await cluster.follow(resources.Pod);
  const jobs = await cluster.follow(resources.Job);
  // 0.5.0's pods are not restricted.
  await operated.plane.kubectl(["label", "ns", namespace, "pod-security.kubernetes.io/enforce-"]);

  await apply(objects);
  for (const [kind, name] of servers) {
    const { uid } = (await cluster.api.get(kind, at(name)))!.metadata;
    for (const child of objectsOf05({ kind: kind.kind, name, namespace, uid: uid! }, "key")) {
      const options = { fieldManager: FIELD_MANAGER, force: true };
      await cluster.api.apply(resources[child.kind as keyof typeof resources], child, options);
    }
    await cluster.until(resources.Deployment, at(name), (deployment) => {
      const { availableReplicas } = (deployment?.status ?? {}) as { availableReplicas?: number };
      return availableReplicas === 1;
    });
  }
  const evaluation = (await cluster.api.get(customKinds.Eval, at("check")))!;
  const oldRun = await cluster.api.apply(resources.Job, jobOf05(evaluation), {
    fieldManager: FIELD_MANAGER,
  });
  await cluster.caughtUp();
  const before = new Map(
    servers.map(([, name]) => [name, [deployments.get(at(name))!, services.get(at(name))!]]),
  );
  const old = names(configMaps.list(namespace));
  assert.equal(old.length, 7);

  operated.pods!.hold();
  await operated.operate();

  await t.step("0.5.0's ConfigMaps stay while its pods serve", async () => {
    for (const [kind, name] of servers) {
      await cluster.when(() =>
        pods.list(namespace).some((pod) => pod.metadata.name.startsWith(`${name}-`) && isNew(pod))
      );
      await cluster.until(kind, at(name), (server) => ifTrue(server, "Reconciling"));
    }
    await cluster.caughtUp();
    assert.deepEqual(names(configMaps.list(namespace)).filter((name) => old.includes(name)), old);
  });

  operated.pods!.release();
  for (const [kind, name] of servers) {
    await cluster.until(kind, at(name), (server) => ifTrue(server, "Ready"));
  }
  await cluster.caughtUp();

  for (const [, name] of servers) {
    const [oldDeployment, oldService] = before.get(name)!;
    const [deployment, service] = [deployments.get(at(name))!, services.get(at(name))!];

    await t.step(`"${name}": Deployment and Service are the same ones`, () => {
      assert.equal(deployment.metadata.uid, oldDeployment!.metadata.uid);
      assert.equal(service.metadata.uid, oldService!.metadata.uid);
      const { clusterIP } = oldService!.spec as { clusterIP: string };
      assert.equal((service.spec as { clusterIP: string }).clusterIP, clusterIP);
      assert.equal(deployment.metadata.generation, oldDeployment!.metadata.generation! + 1);
    });

    await t.step(`"${name}": one rollout, no more`, () => {
      const { annotations } = deployment.metadata;
      assert.equal(annotations?.["deployment.kubernetes.io/revision"], "2");
    });

    await t.step(`"${name}": nothing of 0.5.0 is left in them`, () => {
      const { template } = deployment.spec as { template: { spec: PodSpec } };
      const { containers: [container], volumes } = template.spec;
      assert.deepEqual(volumes.map(({ name }) => name), ["genkit", "tmp"]);
      assert.deepEqual(
        container!.volumeMounts.map(({ mountPath, subPath }) => [mountPath, subPath]),
        [["/genkit", undefined], ["/tmp", undefined]],
      );
      assert.equal(container!.env.find(({ name }) => name === "OLD"), undefined);
      const { ports } = service.spec as { ports: { targetPort: unknown }[] };
      assert.deepEqual(ports.map(({ targetPort }) => targetPort), ["http"]);
    });
  }

  await t.step("0.5.0's ConfigMaps go with its pods", async () => {
    const left = () => names(configMaps.list(namespace)).filter((name) => old.includes(name));
    await cluster.when(() => left().length === 0, left);
    await cluster.caughtUp();
    const servers = pods.list(namespace).filter(({ metadata }) =>
      !metadata.name.startsWith("check")
    );
    assert.ok(servers.every(isNew));
  });

  await t.step("what is there is of the new rollout or a rollback's, and owned", () => {
    for (const { metadata } of configMaps.list(namespace)) {
      if (metadata.name === "kube-root-ca.crt") continue;
      assert.match(metadata.name, /^(one|set)-[0-9a-f]{12}$/);
      assert.equal(metadata.ownerReferences?.length, 1);
    }
  });

  await t.step("an Eval's former Job is left alone", async () => {
    await cluster.until(customKinds.Eval, at("check"), (object) => ifTrue(object, "Ready"));
    await cluster.caughtUp();
    const run = jobs.get(at("check-run"))!;
    assert.deepEqual(run.spec, oldRun.spec);
    assert.equal(run.metadata.uid, oldRun.metadata.uid);
    assert.equal(run.metadata.generation, oldRun.metadata.generation);
    assert.match(names(jobs.list(namespace)).join(), /^check-run,check-run-[0-9a-f]{8}$/);
  });
});

interface PodSpec {
  containers: {
    image: string;
    env: { name: string }[];
    volumeMounts: { mountPath: string; subPath?: string }[];
  }[];
  volumes: { name: string }[];
}

function names(objects: readonly KubernetesObject[]): string[] {
  return objects.map(({ metadata: { name } }) => name)
    .filter((name) => name !== "kube-root-ca.crt").sort();
}

/** Whether a pod is of genkitd's making. */
function isNew({ spec }: KubernetesObject): boolean {
  return (spec as PodSpec).containers[0]!.image === "genkitd:1";
}

/** The Job that genkit-operator 0.5.0 makes of an Eval, as far as it matters here. */
function jobOf05({ metadata: { name, namespace, uid } }: KubernetesObject): KubernetesObject {
  const labels = { "app.kubernetes.io/managed-by": "genkit-operator", "genkit.dev/eval": name };
  const owner = { apiVersion: "genkit.dev/v1alpha1", kind: "Eval", name, uid: uid! };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${name}-run`,
      namespace,
      labels,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      suspend: true,
      template: {
        metadata: { labels },
        spec: { restartPolicy: "Never", containers: [{ name: "runner", image: "runner:0" }] },
      },
    },
  };
}
