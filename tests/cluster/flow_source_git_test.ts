/** FlowSources of a real Git server on a real API server; the operator has what the overlay gives. */
import assert from "assert";
import type { KubernetesObject } from "../../operator/kubernetes/object.ts";
import type { FlowSource } from "../../shared/api/flow_source.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { condition } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { FlowSource, Prompt, Model } = customKinds;

function prompt(name: string, content: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: {name: ${name}}
spec:
  content: ${JSON.stringify(content)}
`;
}

const contentOf = (object: KubernetesObject | undefined) =>
  (object?.spec as { content?: string } | undefined)?.content;
const statusOf = (object: KubernetesObject | undefined) =>
  (object?.status ?? {}) as NonNullable<FlowSource["status"]>;

Deno.test("FlowSource: a Git repository on a real API server", async (t) => {
  await using repository = await gitRepository();
  await using server = await gitServer(repository.folder);
  await using operated = await startOperatedCluster();
  const { cluster, at, apply, patch } = operated;
  const operator = await operated.operate();
  const prompts = await cluster.follow(Prompt);

  let requests = 0;
  /** Has the source synced at once, and gives it when that was done. */
  const sync = async (name = "flows"): Promise<KubernetesObject> => {
    const asked = `request-${++requests}`;
    const annotations = { "genkit.dev/reconcile-requested-at": asked };
    await patch("gfsrc", name, { metadata: { annotations } });
    return await cluster.until(
      FlowSource,
      at(name),
      (it) => statusOf(it).lastHandledReconcileAt === asked ? it : undefined,
    );
  };
  const source = (spec: object, name = "flows") => ({
    apiVersion: "genkit.dev/v1alpha1",
    kind: "FlowSource",
    metadata: { name, namespace: "demo" },
    spec: { interval: "1h", git: { url: server.url }, ...spec },
  });

  await t.step("its objects are applied, and it is Ready with the revision", async () => {
    const commit = await repository.commit({
      "hello.yaml": prompt("hello", "Hello {{name}}"),
      "bye.yaml": prompt("bye", "Bye {{name}}"),
    });
    await apply([source({ prune: true })]);
    const synced = await cluster.until(FlowSource, at("flows"), (it) => {
      return condition(it, "Ready")?.status === "True" ? it : undefined;
    });
    assert.equal(statusOf(synced).lastAppliedRevision, `main@sha1:${commit}`);
    await cluster.until(Prompt, at("hello"), (it) => contentOf(it) === "Hello {{name}}");
    await cluster.until(Prompt, at("bye"), (it) => contentOf(it) === "Bye {{name}}");
  });

  await t.step("an edit changes what it touches, and nothing else", async () => {
    const untouched = prompts.get(at("bye"))!.metadata;
    await repository.commit({ "hello.yaml": prompt("hello", "Hi {{name}}") });
    await sync();
    await cluster.until(Prompt, at("hello"), (it) => contentOf(it) === "Hi {{name}}");
    const bye = (await cluster.api.get(Prompt, at("bye")))!;
    assert.equal(bye.metadata.generation, untouched.generation);
    assert.equal((operator.output().match(/"object":"Prompt\/demo\/bye"/g) ?? []).length, 1);
  });

  void Model;
});
