/** Objects whose own name broke no rule when they were made, and breaks one now. */
import assert from "assert";
import { parse } from "yaml";
import { customKinds } from "../../shared/api/kinds.ts";
import { objectOf } from "../unit/api/objects.ts";
import { condition, ifTrue } from "./condition.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const CRDS = new URL("../../deploy/crds", import.meta.url).pathname;
const KINDS = ["Flow", "FlowSet", "FlowSource"] as const;

const named = (name: string) => ({ name });
const long = "a".repeat(64);
const modelSpec = { provider: "ollama", model: "llama", pluginConfigRef: named("ollama") };
const content = { modelSpec, promptRefs: [named("hello")] };
const forService =
  "metadata.name cannot name a Service, should be at most 63 lower-case letters, " +
  "digits and '-', start with a letter and end with a letter or digit";

const cases: { kind: typeof KINDS[number]; name: string; spec: object; fault: string }[] = [
  ...[long, "1st", "greeter.v1"].map((name) => ({
    kind: "Flow" as const,
    name,
    spec: { image: "genkitd:1", ...content },
    fault: forService,
  })),
  {
    kind: "FlowSet",
    name: long,
    spec: { image: "genkitd:1", flows: [{ name: "greeter", ...content }] },
    fault: forService,
  },
  {
    kind: "FlowSource",
    name: long,
    spec: { git: { url: "https://git.test/flows" } },
    fault: "metadata.name is longer than 63 characters, should be at most that",
  },
];

Deno.test("operator: objects whose own name breaks a rule that is younger than they are", async (t) => {
  await using operated = await startOperatedCluster();
  const { plane, cluster, at } = operated;
  const install = async (change: (text: string) => string) => {
    const crds = KINDS.map((kind) => `${CRDS}/genkit.dev_${customKinds[kind].plural}.yaml`)
      .map((file) => parse(Deno.readTextFileSync(file)))
      .map((crd) => JSON.parse(change(JSON.stringify(crd))));
    await plane.kubectl(["apply", "--server-side", "-f", "-"], { input: crds });
  };
  /** Waits until the API server holds to the CRDs as they are now: some time after they were put. */
  const holds = async (refused: boolean) => {
    for (const { kind, name, spec, fault } of cases) {
      const path = `/apis/genkit.dev/v1alpha1/namespaces/default/${customKinds[kind].plural}`;
      for (;;) {
        const answer = await plane.fetch(`${path}?dryRun=All`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(objectOf(kind, spec, name)),
        });
        const { message } = await answer.json();
        if (answer.status === 422) assert.ok(message.includes(fault), message);
        else assert.equal(answer.status, 201, message);
        if ((answer.status === 422) === refused) break;
      }
    }
  };
  await install((text) => text.replaceAll(/self\.metadata\.name\.(matches|size)[^"]*/g, "true"));
  await holds(false);
  await operated.apply([
    objectOf("PluginConfig", { type: "ollama" }, "ollama"),
    objectOf("Prompt", { content: "Hello" }, "hello"),
    ...cases.map(({ kind, name, spec }) => objectOf(kind, spec, name)),
  ]);
  await install((text) => text);
  await holds(true);
  await operated.operate();

  for (const { kind, name, fault } of cases) {
    await t.step(`the ${kind} "${name}" says so in its status`, async () => {
      const object = await cluster.until(
        customKinds[kind],
        at(name),
        (it) => ifTrue(it, "Stalled"),
      );
      const { status, reason, message } = condition(object, "Ready")!;
      assert.deepEqual([status, reason], ["False", "InvalidSpec"]);
      assert.equal(message, `${kind} "${name}": metadata.name: ${fault}`);
    });
  }
});
