import assert from "assert";
import { checkObjects } from "../../../../shared/flows/object_set.ts";
import { readObjects } from "../../../../shared/sources/read_objects.ts";
import { objectTree } from "../../../../runner/page/object_tree.ts";
import type { ReferenceNode } from "../../../../runner/page/reference_tree.ts";

const OBJECTS = `
{ apiVersion: v1, kind: Secret, metadata: { name: keys }, stringData: { GEMINI_API_KEY: PLANTED } }
---
{ apiVersion: v1, kind: Secret, metadata: { name: callers }, stringData: { ann: PLANTED } }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: gemini }
spec: { type: googleai, credentialsRef: { name: keys } }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: claude }
spec: { type: anthropic, credentialsRef: { name: others } }
---
apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: open }
spec: { type: openai }
---
apiVersion: genkit.dev/v1alpha1
kind: Model
metadata: { name: first }
spec: { provider: googleai, model: gemini-2.5-flash, pluginConfigRef: { name: gemini } }
---
apiVersion: genkit.dev/v1alpha1
kind: Model
metadata: { name: second }
spec: { provider: anthropic, model: claude-opus-4-7, pluginConfigRef: { name: claude } }
---
apiVersion: genkit.dev/v1alpha1
kind: Model
metadata: { name: third }
spec: { provider: openai, model: gpt-5, pluginConfigRef: { name: open } }
---
apiVersion: genkit.dev/v1alpha1
kind: Prompt
metadata: { name: main }
spec: { content: PLANTED }
---
apiVersion: genkit.dev/v1alpha1
kind: Tool
metadata: { name: pay }
spec:
  definition: { name: pay, description: Pays, inputSchema: { type: object } }
  implementation:
    http: { url: "https://shop.example/pay?token=PLANTED", headersSecretRef: { name: lost } }
    approval: Required
---
apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: shop }
spec:
  image: example.com/runner
  models: [{ name: first }, { name: second }, { name: third }, { name: fourth }]
  auth: { apiKeys: { secretRef: { name: callers } } }
  promptRefs: [{ name: main }, { name: gone }]
  toolRefs: [{ name: pay }]
`;

function tree({ asksProviders = true } = {}): ReferenceNode {
  const read = readObjects(new Map([["f.yaml", OBJECTS]]), () => "");
  const { objects, problems } = checkObjects(read.objects);
  assert.deepEqual([read.problems, problems], [[], []]);
  return objectTree(objects.servers[0]!, "shop", {
    namespace: "default",
    objects,
    environment: (key) => key === "OPENAI_API_KEY" ? "PLANTED" : undefined,
    asksProviders,
  });
}

/** One line a node, as a person would write it. */
function lines({ kind, name, detail, state, children = [] }: ReferenceNode, depth = 0): string[] {
  const more = [detail, state].filter(Boolean).map((word) => ` (${word})`).join("");
  return [
    `${"  ".repeat(depth)}${kind} ${name}${more}`,
    ...children.flatMap((child) => lines(child, depth + 1)),
  ];
}

Deno.test("a tree follows each reference, says what is missing, and holds no value", () => {
  assert.deepEqual(lines(tree()), [
    "Flow shop",
    "  Model first (googleai/gemini-2.5-flash)",
    "    PluginConfig gemini (googleai)",
    "      Secret keys",
    "        Key GEMINI_API_KEY (in the Secret)",
    "  Model second (anthropic/claude-opus-4-7)",
    "    PluginConfig claude (anthropic)",
    "      Secret others (not in the files)",
    "        Key ANTHROPIC_API_KEY (missing)",
    "  Model third (openai/gpt-5)",
    "    PluginConfig open (openai)",
    "      Key OPENAI_API_KEY (from the environment)",
    "  Model fourth (missing)",
    "  Prompt main",
    "  Prompt gone (missing)",
    "  Tool pay (asks for approval)",
    "    HTTP https://shop.example",
    "    Secret lost (headers) (missing)",
    "  Secret callers (its callers' keys)",
    "    Key ann",
  ]);
  assert.ok(!JSON.stringify(tree()).includes("PLANTED"));
});

Deno.test("offline, no key is missing", () => {
  const keys = lines(tree({ asksProviders: false })).filter((line) => line.includes("ANTHROPIC"));
  assert.deepEqual(keys, ["        Key ANTHROPIC_API_KEY (not needed)"]);
});
