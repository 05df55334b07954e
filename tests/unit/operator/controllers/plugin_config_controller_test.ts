import assert from "assert";
import { pluginConfigController } from "../../../../operator/controllers/plugin_config_controller.ts";
import type { PluginConfig } from "../../../../shared/api/plugin_config.ts";
import { PROVIDERS } from "../../../../shared/providers.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

const secrets = [
  object("Secret", "gemini", { data: { GOOGLE_API_KEY: "very-secret" } }),
  object("Secret", "bearer", { data: { AWS_BEARER_TOKEN_BEDROCK: "very-secret" } }),
  object("Secret", "other", { data: { TOKEN: "very-secret" } }),
];

function reconcile(spec: Record<string, unknown>, read = fakeReader(secrets)) {
  const config = object("PluginConfig", "provider", { spec });
  return pluginConfigController.reconcile(asReconciled<PluginConfig>(config), read);
}

const credentialsRef = (name: string) => ({ credentialsRef: { name } });

const ready: [string, Record<string, unknown>, string][] = [
  ["one key of those that will do", { type: "googleai", ...credentialsRef("gemini") }, "Accepted"],
  ["a key that does in place of all", { type: "bedrock", ...credentialsRef("bearer") }, "Accepted"],
  ["a type in capitals", { type: "GoogleAI", ...credentialsRef("gemini") }, "Accepted"],
  ["no Secret: a workload identity", { type: "googleai" }, "Accepted"],
  ["an empty reference is none", { type: "googleai", ...credentialsRef("") }, "Accepted"],
  [
    "the keys that it names itself",
    { type: "googleai", credentialKeys: ["TOKEN"], ...credentialsRef("other") },
    "Accepted",
  ],
  [
    "a provider that only other runners know",
    { type: "acme", ...credentialsRef("other") },
    "NotSupported",
  ],
];

for (const [name, spec, reason] of ready) {
  Deno.test(`PluginConfig: ready with ${name}`, async () => {
    const desired = await reconcile(spec);
    assert.deepEqual(desired.failures, []);
    assert.deepEqual(desired.children, []);
    assert.equal(desired.ready.reason, reason);
  });
}

for (const { type, supported } of PROVIDERS) {
  Deno.test(`PluginConfig: says whether our own runner runs the provider ${type}`, async () => {
    const { reason } = (await reconcile({ type })).ready;
    assert.equal(reason, supported ? "Accepted" : "NotSupported");
  });
}

const refused: [string, Record<string, unknown>, string, string][] = [
  [
    "a Secret that is missing",
    { type: "googleai", ...credentialsRef("none") },
    "blocked MissingDependency",
    'PluginConfig "provider": spec.credentialsRef.name: Secret "none" is not found in namespace "demo"',
  ],
  [
    "a Secret without the provider's key",
    { type: "googleai", ...credentialsRef("other") },
    "blocked InvalidDependency",
    'Secret "other" has no key "GEMINI_API_KEY" or "GOOGLE_API_KEY"',
  ],
  [
    "a Secret without a key that it names itself",
    { type: "acme", credentialKeys: ["TOKEN", "MORE"], ...credentialsRef("other") },
    "blocked InvalidDependency",
    'Secret "other" has no key "MORE"',
  ],
  [
    "a base URL that is none",
    { type: "googleai", extraConfig: { baseURL: "gemini" } },
    "invalid InvalidSpec",
    "extraConfig.baseURL",
  ],
  [
    "settings that are no object",
    { type: "acme", extraConfig: [1] },
    "invalid InvalidSpec",
    "spec.extraConfig is [1], should be an object",
  ],
];

for (const [name, spec, outcome, message] of refused) {
  Deno.test(`PluginConfig: refuses ${name}`, async () => {
    const { failures: [first, ...more] } = await reconcile(spec);
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, outcome);
    assert.ok(first!.message.includes(message), first!.message);
  });
}

Deno.test("PluginConfig: of a Secret, its keys are told and never its values", async () => {
  const desired = await reconcile({ type: "googleai", ...credentialsRef("other") });
  assert.ok(!JSON.stringify(desired).includes("very-secret"));
});

Deno.test("PluginConfig: its Secret is read by name, so that its appearance is seen", async () => {
  const read = fakeReader([]);
  await reconcile({ type: "googleai", ...credentialsRef("gemini") }, read);
  assert.deepEqual(read.reads, ["data Secret/demo/gemini"]);
});
