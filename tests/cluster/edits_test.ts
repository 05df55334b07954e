/**
 * What an edit of an object that servers use does to their pods. The servers share some of what they
 * use: see the table in `servers`.
 */
import assert from "assert";
import { resources } from "../../operator/kubernetes/resources.ts";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const objects = `
{apiVersion: v1, kind: Secret, metadata: {name: key-a}, stringData: {GEMINI_API_KEY: a1, UNUSED: u1}}
---
{apiVersion: v1, kind: Secret, metadata: {name: key-b}, stringData: {GEMINI_API_KEY: b1}}
---
{apiVersion: v1, kind: Secret, metadata: {name: key-reload}, stringData: {GEMINI_API_KEY: r1}}
---
{apiVersion: v1, kind: Secret, metadata: {name: headers}, stringData: {authorization: h1}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: one, unused: one}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: a}, spec: {type: googleai, credentialsRef: {name: key-a}, credentialKeys: [GEMINI_API_KEY]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: b}, spec: {type: googleai, credentialsRef: {name: key-b}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: PluginConfig, metadata: {name: reload}, spec: {type: googleai, credentialsRef: {name: key-reload}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: a}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: a}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: b}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: b}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Model, metadata: {name: reload}, spec: {provider: googleai, model: gemini-2.5-flash, pluginConfigRef: {name: reload}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: hello}, spec: {content: "Hello {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Prompt, metadata: {name: bye}, spec: {content: "Bye {{name}}"}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Tool, metadata: {name: clock}, spec: {definition: {name: clock, description: "Tells the time", inputSchema: {type: object}}, implementation: {http: {url: "http://clock.example", headersSecretRef: {name: headers}}}}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: one}, spec: {image: "genkitd:1", modelRef: {name: a}, prompts: [{promptRef: {name: hello}}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: two}, spec: {image: "genkitd:1", modelRef: {name: b}, prompts: [{promptRef: {name: bye}}], tools: [{name: clock}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: Flow, metadata: {name: three}, spec: {image: "genkitd:1", modelRef: {name: reload}, credentialRotation: Reload, prompts: [{promptRef: {name: hello}}], env: [{name: LEVEL, valueFrom: {configMapKeyRef: {name: settings, key: level}}}]}}
---
{apiVersion: genkit.dev/v1alpha1, kind: FlowSet, metadata: {name: set}, spec: {image: "genkitd:1", flows: [{name: greet, modelRef: {name: a}, prompts: [{promptRef: {name: hello}}]}, {name: part, modelRef: {name: b}, prompts: [{promptRef: {name: bye}}]}]}}
`;

const prompt = (name: string) => objectOf("Prompt", { content: "Hello" }, name);

/** Objects that the operator reads something else for, which is not there yet. */
const PROBES = {
  Prompt: (name: string) => ({ reader: prompt(name), missing: undefined }),
  Secret: (name: string) => ({
    reader: objectOf("PluginConfig", { type: "googleai", credentialsRef: { name } }, name),
    missing: {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      stringData: { GEMINI_API_KEY: "k" },
    },
  }),
  ConfigMap: (name: string) => ({
    reader: objectOf("Dataset", { format: "jsonl", source: { configMapRef: { name } } }, name),
    missing: {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name },
      data: { "data.jsonl": "{}" },
    },
  }),
};

const NAMES = ["one", "two", "three", "set"];
const kindOf = (name: string) => name === "set" ? customKinds.FlowSet : customKinds.Flow;

Deno.test("edits of what servers use", async (t) => {
  await using operated = await startOperatedCluster({ overlay: "namespaced", pods: true });
  const { cluster, apply, patch, at } = operated;
  const deployments = await cluster.follow(resources.Deployment);

  /** How often each server's pods have been replaced: Kubernetes counts it. */
  const revisions = () =>
    NAMES.map((name) => {
      const { annotations } = deployments.get(at(name))?.metadata ?? {};
      return Number(annotations?.["deployment.kubernetes.io/revision"] ?? 0);
    });
  const allReady = async () => {
    for (const name of NAMES) {
      await cluster.until(kindOf(name), at(name), (server) => ifTrue(server, "Ready"));
    }
    await cluster.caughtUp();
  };
  let probes = 0;
  /**
   * Waits until the operator has taken note of what was changed before: what is changed later, and is
   * seen by the same watch, has been.
   */
  const noted = async (kind: keyof typeof PROBES) => {
    const name = `probe-${++probes}`;
    const { reader, missing } = PROBES[kind](name);
    const resource = customKinds[reader.kind as keyof typeof customKinds];
    await apply([reader]);
    if (missing === undefined) {
      await cluster.until(resource, at(name), (object) => condition(object, "Ready"));
      return;
    }
    const ready = (status: string) =>
      cluster.until(resource, at(name), (object) => condition(object, "Ready")?.status === status);
    await ready("False");
    await apply([missing]);
    await ready("True");
  };

  await apply(objects);
  await operated.operate();
  await allReady();
  const expected = [1, 1, 1, 1];
  assert.deepEqual(revisions(), expected);

  /** Edits something, and sees that the pods of these servers and of no others are replaced. */
  const rolls = (
    what: string,
    servers: string[],
    edit: () => Promise<void>,
    seenBy: keyof typeof PROBES = "Prompt",
  ) =>
    t.step(`${what} replaces the pods of ${servers.join(", ") || "no server"}`, async () => {
      await edit();
      await noted(seenBy);
      for (const [index, name] of NAMES.entries()) {
        if (servers.includes(name)) expected[index]!++;
      }
      await cluster.when(
        () => revisions().every((revision, index) => revision >= expected[index]!),
        revisions,
      );
      await allReady();
      assert.deepEqual(revisions(), expected);
    });

  await rolls(
    "a Prompt's edit",
    ["one", "three", "set"],
    () => patch("gpr", "hello", { spec: { content: "Hi {{name}}" } }),
    "Secret",
  );
  await rolls(
    "a Tool's edit",
    ["two"],
    () =>
      patch("gtl", "clock", {
        spec: { implementation: { http: { url: "http://clock2.example" } } },
      }),
  );
  await rolls(
    "a Model's edit",
    ["one", "set"],
    () => patch("gmd", "a", { spec: { model: "gemini-2.5-pro" } }),
  );
  await rolls(
    "a PluginConfig's edit",
    ["two", "set"],
    () => patch("gpc", "b", { spec: { extraConfig: { baseURL: "http://b.example" } } }),
  );
  await rolls(
    "a Secret's new value",
    ["one", "set"],
    () => patch("secret", "key-a", { stringData: { GEMINI_API_KEY: "a2" } }),
    "Secret",
  );
  await rolls(
    "a Secret's new value in a key that is not used",
    [],
    () => patch("secret", "key-a", { stringData: { UNUSED: "u2" } }),
    "Secret",
  );
  await rolls(
    "a Secret's new value under credentialRotation Reload",
    [],
    () => patch("secret", "key-reload", { stringData: { GEMINI_API_KEY: "r2" } }),
  );
  await rolls(
    "a header's new value",
    ["two"],
    () => patch("secret", "headers", { stringData: { authorization: "h2" } }),
    "Secret",
  );
  await rolls(
    "an environment variable's new value in a ConfigMap",
    ["three"],
    () => patch("configmap", "settings", { data: { level: "two" } }),
    "ConfigMap",
  );
  await rolls(
    "a ConfigMap's new value in a key that is not used",
    [],
    () => patch("configmap", "settings", { data: { unused: "two" } }),
    "ConfigMap",
  );
  await rolls(
    "a Prompt's new label",
    [],
    () => patch("gpr", "hello", { metadata: { labels: { team: "a" } } }),
  );
  await rolls(
    "a Prompt's new description",
    [],
    () => patch("gpr", "hello", { spec: { description: "Greets" } }),
  );
  await rolls("applying a Prompt again", [], async () => {
    const text = await operated.kubectl("get", "gpr", "hello", "-o=yaml");
    await operated.plane.kubectl(["replace", "-f", "-"], { input: text });
  });
  await rolls(
    "not a Secret that goes away but the one that comes for it",
    ["two", "set"],
    async () => {
      await operated.kubectl("delete", "secret", "key-b");
      for (const name of ["two", "set"]) {
        await cluster.until(kindOf(name), at(name), (server) => ifTrue(server, "Degraded"));
      }
      assert.deepEqual(revisions(), expected);
      await apply([{ ...PROBES.Secret("key-b").missing }]);
    },
    "Secret",
  );
});
