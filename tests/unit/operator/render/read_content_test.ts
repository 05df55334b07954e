import assert from "assert";
import type { KubernetesObject } from "../../../../operator/kubernetes/object.ts";
import { readContent } from "../../../../operator/render/read_content.ts";
import { renderServer } from "../../../../operator/render/render_server.ts";
import { childrenOf, goldenCases, inputOf } from "./golden_cases.ts";

const cases = goldenCases();
const split = cases.find(({ name }) => name === "content_split")!;

/** Reads the content back from children. */
function readBack(children: readonly KubernetesObject[]) {
  return readContent(
    children.find(({ kind }) => kind === "Deployment")!,
    (name) => children.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name),
  );
}

for (const golden of cases) {
  Deno.test(`readContent: gives of ${golden.name} what it was rendered of`, async () => {
    const { content, hash, credentialsHash } = await inputOf(golden);
    assert.deepEqual(readBack(await childrenOf(golden)), { content, hash, credentialsHash });
  });

  Deno.test(`readContent: what it gives of ${golden.name} renders as the same children`, async () => {
    const input = await inputOf(golden);
    const children = renderServer(input);
    const { content, hash, credentialsHash } = readBack(children)!;
    assert.deepEqual(renderServer({ ...input, content, hash, credentialsHash }), children);
  });
}

Deno.test("readContent: nothing where a ConfigMap is gone", async () => {
  const children = await childrenOf(split);
  const second = children.findLastIndex(({ kind }) => kind === "ConfigMap");
  assert.equal(readBack(children.filter((_, index) => index !== second)), undefined);
});

Deno.test("readContent: nothing where a file of a ConfigMap is gone", async () => {
  const children = await childrenOf(split);
  assert.equal(
    readBack(children.map((child) => child.kind === "ConfigMap" ? { ...child, data: {} } : child)),
    undefined,
  );
});

Deno.test("readContent: nothing for a Deployment of genkit-operator 0.5.0", () => {
  const volumes = [
    { name: "prompts", configMap: { name: "greeter-prompts" } },
    { name: "config", configMap: { name: "greeter-config" } },
  ];
  const metadata = { annotations: { "genkit.dev/content-hash": "0123" } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "greeter" },
    spec: { template: { metadata, spec: { volumes } } },
  };
  assert.equal(readContent(deployment, () => undefined), undefined);
});
