import assert from "assert";
import {
  credentialsHash,
  readCredentials,
  type ServerCredentials,
} from "../../../../operator/controllers/server_credentials.ts";
import type { NamedData } from "../../../../operator/engine/controller.ts";

const content = {
  secrets: [{ directory: "credentials", secret: "keys", keys: ["A"] }],
  environment: [],
};

function secret(data: Record<string, string>, uid = "u1"): NamedData {
  return { uid, resourceVersion: "1", data };
}

function credentials(keys: NamedData | undefined, other?: NamedData): ServerCredentials {
  return {
    secrets: new Map([["keys", keys], ["other", other]]),
    configMaps: new Map([["settings", secret({ MODE: "x", UNUSED: "y" })]]),
  };
}

const hash = (
  of: ServerCredentials,
  options: Partial<Parameters<typeof credentialsHash>[3]> = {},
  env: Parameters<typeof credentialsHash>[2] = [],
) => credentialsHash(of, content, env, { reload: false, ...options });

Deno.test("credentials: the digest changes with a value in use, and has none of it", async () => {
  const before = await hash(credentials(secret({ A: "very-secret" })));
  assert.match(before!, /^secret\/keys=[0-9a-f]{12}$/);
  assert.notEqual(await hash(credentials(secret({ A: "b" }))), before);
});

Deno.test("credentials: a value that is not in use makes no difference", async () => {
  const before = await hash(credentials(secret({ A: "a", B: "b" })));
  assert.equal(await hash(credentials(secret({ A: "a", B: "c", C: "d" }))), before);
});

Deno.test("credentials: a Secret made anew has another digest: none tells what another's value is", async () => {
  const of = (uid: string) => hash(credentials(secret({ A: "a" }, uid)));
  assert.notEqual(await of("u1"), await of("u2"));
});

Deno.test("credentials: a Secret that is gone changes nothing", async () => {
  const last = await hash(credentials(secret({ A: "a" })));
  assert.equal(await hash(credentials(undefined), { last }), last);
  assert.equal(await hash(credentials(undefined)), undefined);
});

Deno.test("credentials: what pods reload needs no restart; what they cannot does", async () => {
  const env = [
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "other", key: "T" } } },
    { name: "MODE", valueFrom: { configMapKeyRef: { name: "settings", key: "MODE" } } },
  ];
  const of = (a: string, t: string) =>
    hash(credentials(secret({ A: a }), secret({ T: t })), { reload: true }, env);
  assert.match((await of("a", "t"))!, /^configmap\/settings=\w{12},secret\/other=\w{12}$/);
  assert.equal(await of("a", "t"), await of("b", "t"));
  assert.notEqual(await of("a", "t"), await of("a", "u"));
});

Deno.test("credentials: a whole Secret in the environment counts in full", async () => {
  const whole = { secrets: [], environment: [{ secret: "keys", keys: [] }] };
  const of = (data: Record<string, string>) =>
    credentialsHash(credentials(secret(data)), whole, [], { reload: false });
  assert.notEqual(await of({ A: "a" }), await of({ A: "a", B: "b" }));
});

Deno.test("credentials: Secrets of providers, tools and env are read, each once, by name", async () => {
  const reads: string[] = [];
  const read = (kind: string) => (namespace: string, name: string) => {
    reads.push(`${kind} ${namespace}/${name}`);
    return Promise.resolve(undefined);
  };
  const flow = {
    name: "f",
    entrypoint: "p",
    prompts: [],
    plugin: { type: "googleai", credentialKeys: [], secret: "keys" },
    tools: [{
      name: "t",
      definition: {},
      http: { url: "http://x", method: "GET", headersSecret: "headers" },
    }],
  };
  const server = { namespace: "demo", name: "s", layout: "multi" as const, flows: [flow, flow] };
  const env = [
    { name: "A", valueFrom: { secretKeyRef: { name: "env", key: "A" } } },
    { name: "B", valueFrom: { configMapKeyRef: { name: "settings", key: "B" } } },
    { name: "C", value: "c" },
  ];
  const reader = { secret: read("Secret"), configMap: read("ConfigMap") };
  await readCredentials(server, env, reader);
  assert.deepEqual(reads, [
    "Secret demo/keys",
    "Secret demo/headers",
    "Secret demo/env",
    "ConfigMap demo/settings",
  ]);
});

Deno.test("credentials: the Secret of each fallback is read, once", async () => {
  const plugin = (secret?: string) => ({
    type: "openai",
    credentialKeys: [],
    ...secret !== undefined && { secret },
  });
  const model = { provider: "openai", model: "m" };
  const flow = {
    name: "f",
    entrypoint: "p",
    plugin: plugin("first"),
    fallbacks: ["second", undefined, "first"].map((name) => ({ model, plugin: plugin(name) })),
    prompts: [],
    tools: [],
  };
  const asked: string[] = [];
  const read = (_: string, name: string) => {
    asked.push(name);
    return Promise.resolve(secret({ A: name }));
  };
  const server = { namespace: "demo", name: "f", layout: "single" as const, flows: [flow] };
  const { secrets } = await readCredentials(server, [], { secret: read, configMap: read });
  assert.deepEqual(asked, ["first", "second"]);
  assert.deepEqual([...secrets.keys()], ["first", "second"]);
});
