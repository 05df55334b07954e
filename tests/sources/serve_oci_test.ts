import assert from "assert";
import { genkitd } from "../e2e/genkitd.ts";
import { keySigner, simplePayload } from "./cosign_signing.ts";
import { bytes, pushLayers, registryOf, signal } from "./oci_reading.ts";
import { pushArtifact } from "../../shared/sources/oci/push_artifact.ts";
import { registryServer, USER } from "./registry_server.ts";

function flow(name: string, template: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: ${name}, content: "${template}" } }]
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;
}

async function call(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { method: "POST", body: "{}" });
  return await response.text();
}

Deno.test("serve: flows of an OCI artifact; what is pushed is served, a wrong one is not", async () => {
  await using server = await registryServer({ auth: "basic" });
  const push = async (text: string) => {
    using registry = registryOf(server, USER);
    const files = new Map([["flows/greeter.yaml", bytes(text)], [
      "other.yaml",
      bytes("not: read"),
    ]]);
    return await pushArtifact(registry, { tag: "v1", files, signal });
  };
  const { digest } = await push(flow("greeter", "Hello of the registry"));
  const docker = await Deno.makeTempDir();
  const auth = btoa(`${USER.username}:${USER.password}`);
  const config = JSON.stringify({ auths: { [server.host]: { auth } } });
  await Deno.writeTextFile(`${docker}/config.json`, config);
  try {
    const url = `oci://${server.host}/team/flows:v1`;
    await using daemon = await genkitd(
      ["serve", `${url}?path=flows&interval=1s`, "--port", "0"],
      { ready: /serves .* at (http:\S+)/, env: { DOCKER_CONFIG: docker } },
    );
    await daemon.saw(new RegExp(`Read ${RegExp.escape(url)} at v1@${digest}`));
    assert.match(await call(daemon.url, "/greeter"), /Hello of the registry/);

    await push(flow("greeter", "Hello after a push"));
    await daemon.saw(/Reloaded: changed greeter\n/);
    assert.match(await call(daemon.url, "/greeter"), /Hello after a push/);

    await server.kill();
    await daemon.saw(/Cannot read OCI artifact .*cannot be reached.*\n1 problem; what was served/);
    assert.match(await call(daemon.url, "/greeter"), /Hello after a push/);
    assert.ok(!daemon.output().includes(auth) && !daemon.output().includes(USER.password));
  } finally {
    await Deno.remove(docker, { recursive: true });
  }
});

Deno.test("serve: with GENKITD_OCI_KEY_FILE, only what is signed by that key", async () => {
  await using server = await registryServer();
  const signer = keySigner();
  const push = async (text: string) => {
    using registry = registryOf(server);
    const files = new Map([["greeter.yaml", bytes(text)]]);
    return await pushArtifact(registry, { tag: "v1", files, signal });
  };
  const sign = async (digest: string) => {
    const payload = simplePayload(digest);
    await pushLayers(server, `${digest.replace(":", "-")}.sig`, [{
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      bytes: payload,
      annotations: { "dev.cosignproject.cosign/signature": signer.sign(payload) },
    }]);
  };
  await sign((await push(flow("greeter", "Hello, signed"))).digest);
  const key = await Deno.makeTempFile();
  await Deno.writeTextFile(key, signer.pem);
  try {
    await using daemon = await genkitd(
      ["serve", `oci://${server.host}/team/flows:v1?interval=1s`, "--port", "0"],
      { ready: /serves .* at (http:\S+)/, env: { GENKITD_OCI_KEY_FILE: key } },
    );
    const { digest } = await push(flow("greeter", "Hello, not yet signed"));
    await daemon.saw(/Cannot read OCI artifact .*: it is not signed\n/);
    assert.match(await call(daemon.url, "/greeter"), /Hello, signed/);
    await sign(digest);
    await daemon.saw(/Reloaded: changed greeter\n/);
    assert.match(await call(daemon.url, "/greeter"), /Hello, not yet signed/);
  } finally {
    await Deno.remove(key);
  }
});
