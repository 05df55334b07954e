import assert from "assert";
import { modelController } from "../../../../operator/controllers/model_controller.ts";
import type { Model } from "../../../../shared/api/model.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

const objects = [
  object("PluginConfig", "gemini", { spec: { type: "googleai" } }),
  object("PluginConfig", "keyless", {
    spec: { type: "googleai", credentialsRef: { name: "none" } },
  }),
  object("PluginConfig", "old", { spec: { type: "" } }),
  object("PluginConfig", "broken", {
    spec: { type: "googleai", extraConfig: { baseURL: "gemini" } },
  }),
];

function reconcile(spec: Record<string, unknown> = {}) {
  const model = object("Model", "flash", {
    spec: {
      provider: "googleai",
      model: "gemini-2.5-flash",
      pluginConfigRef: { name: "gemini" },
      ...spec,
    },
  });
  const read = fakeReader([...objects, model]);
  const desired = modelController.reconcile(asReconciled<Model>(model), read);
  return { desired: Promise.resolve(desired), read };
}

Deno.test("Model: says by which PluginConfig it is reached", async () => {
  const { failures, ready } = await reconcile().desired;
  assert.deepEqual(failures, []);
  assert.deepEqual(ready, {
    reason: "Accepted",
    message: 'googleai/gemini-2.5-flash by PluginConfig "gemini"',
  });
});

Deno.test("Model: the provider may be written in any case", async () => {
  assert.deepEqual((await reconcile({ provider: "GoogleAI" }).desired).failures, []);
});

const pluginConfigRef = (name: string) => ({ pluginConfigRef: { name } });

const refused: [string, Record<string, unknown>, string, string][] = [
  [
    "a PluginConfig that is missing, and names a near one",
    pluginConfigRef("gemni"),
    "blocked MissingDependency",
    'Model "flash": spec.pluginConfigRef.name: PluginConfig "gemni" is not found in namespace "demo"',
  ],
  [
    "a PluginConfig that does not fit its kind",
    pluginConfigRef("old"),
    "blocked InvalidDependency",
    'Model "flash": spec.pluginConfigRef.name: PluginConfig "old" is not valid: spec.type: ',
  ],
  ["no PluginConfig", pluginConfigRef(""), "invalid InvalidSpec", "names no PluginConfig"],
  [
    "a PluginConfig of another provider",
    { provider: "openai" },
    "invalid InvalidSpec",
    'spec.provider: is "openai", and PluginConfig "gemini" is of type "googleai"',
  ],
  [
    "a PluginConfig whose Secret is missing",
    pluginConfigRef("keyless"),
    "blocked MissingDependency",
    'PluginConfig "keyless": spec.credentialsRef.name: Secret "none" is not found',
  ],
  [
    "a PluginConfig that is wrong, which is mended there",
    pluginConfigRef("broken"),
    "blocked InvalidDependency",
    'PluginConfig "broken": spec: ',
  ],
  [
    "a default config that is no object",
    { defaultConfig: 5 },
    "invalid InvalidSpec",
    "spec.defaultConfig: is 5, should be an object",
  ],
];

for (const [name, spec, outcome, message] of refused) {
  Deno.test(`Model: refuses ${name}`, async () => {
    const { failures: [first, ...more] } = await reconcile(spec).desired;
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, outcome);
    assert.ok(first!.message.includes(message), first!.message);
  });
}

Deno.test("Model: reads its PluginConfig and that one's Secret, so that their changes are seen", async () => {
  const { desired, read } = reconcile(pluginConfigRef("keyless"));
  await desired;
  assert.ok(read.reads.includes("object PluginConfig/demo/keyless"));
  assert.ok(read.reads.includes("data Secret/demo/none"));
});
