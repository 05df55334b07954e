import assert from "assert";
import { genkitd } from "./genkitd.ts";
import { replaceFile } from "./replace_file.ts";

const flow = (greeting: string) =>
  `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
---
apiVersion: genkit.dev/v1alpha1
kind: FlowSet
metadata: { name: set }
spec:
  image: example.com/runner
  flows:
    - name: greeter
      modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
      cache: { ttlSeconds: 600 }
      prompts: [{ prompt: { name: greeter, content: "${greeting} {{name}}" } }]
`;

Deno.test("serve: a flow's cache, until the flow changes", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, flow("Hello"));
    await using server = await genkitd(["serve", file, "--port", "0"]);
    const ask = async () => {
      const response = await fetch(`${server.url}/greeter`, {
        method: "POST",
        body: '{"name":"Ann"}',
      });
      return [await response.text(), response.headers.get("x-genkitd-cache")];
    };
    assert.deepEqual(await ask(), ["Hello Ann", "miss"]);
    assert.deepEqual(await ask(), ["Hello Ann", "hit"]);
    const reloaded = server.says(/Reloaded: changed greeter\n/);
    await replaceFile(file, flow("Bye"));
    await reloaded;
    assert.deepEqual(await ask(), ["Bye Ann", "miss"]);
    assert.deepEqual(await ask(), ["Bye Ann", "hit"]);
  } finally {
    await Deno.remove(file);
  }
});
