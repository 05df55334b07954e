import assert from "assert";
import { lintTextsOf } from "./lint_text_of.ts";

const object = (kind: string, name: string, spec: unknown) =>
  JSON.stringify({ apiVersion: "genkit.dev/v1alpha1", kind, metadata: { name }, spec });
const prompts = [{ prompt: { name: "p", content: "Hi" } }];
const flow = (name: string, ...tools: string[]) =>
  object("Flow", name, { prompts, tools: tools.map((name) => ({ name })) });
const set = (flows: Record<string, string[]>) =>
  object("FlowSet", "desk", {
    image: "runner:1",
    flows: Object.entries(flows).map(([name, tools]) => ({
      name,
      prompts,
      modelSpec: { provider: "echo", model: "echo", pluginConfigRef: { name: "keys" } },
      toolRefs: tools.map((name) => ({ name })),
    })),
  });
/** A tool of the name `ask-…` that calls the flow. */
const ask = (flow: string) =>
  object("Tool", `ask-${flow}`, {
    definition: { name: `ask_${flow}`, description: "Asks" },
    implementation: { flowRef: { name: flow } },
  });
const circles = async (...objects: string[]) => {
  const { findings } = await lintTextsOf({ "f.yaml": objects.join("\n---\n") });
  assert.deepEqual(findings.filter(({ level }) => level === "error"), []);
  return findings.filter(({ rule }) => rule === "circular-flows")
    .map(({ line, message }) => `${line}: ${message.replace(/; a model .*/, "")}`);
};

Deno.test("lint: a flow that calls itself by a tool is told, at the tool's name", async () => {
  assert.deepEqual(await circles(flow("a", "ask-a"), ask("a")), [
    '1: Flow "a": spec.tools[0].name: by the Tool "ask-a" the flow calls itself',
  ]);
});

Deno.test("lint: a circle of flows is told once, by its shortest way", async () => {
  const found = await circles(
    flow("a", "ask-b", "ask-c"),
    flow("b", "ask-c"),
    flow("c", "ask-a", "ask-d"),
    flow("d"),
    ...["a", "b", "c", "d"].map(ask),
  );
  assert.deepEqual(found, [
    '1: Flow "a": spec.tools[0].name: by the Tool "ask-b" the flow calls itself in a circle: ' +
    "a → b → c → a",
    '1: Flow "a": spec.tools[1].name: by the Tool "ask-c" the flow calls itself in a circle: ' +
    "a → c → a",
  ]);
});

Deno.test("lint: flows that call one another without coming back are none", async () => {
  assert.deepEqual(
    await circles(flow("a", "ask-b", "ask-c"), flow("b", "ask-c"), flow("c"), ask("b"), ask("c")),
    [],
  );
});

Deno.test("lint: flows of a FlowSet call those beside them, and a Flow of that name rather", async () => {
  const keys = object("PluginConfig", "keys", { type: "echo" });
  const desk = `${set({ a: ["ask-b"], b: ["ask-a"] })}\n---\n${keys}`;
  assert.deepEqual(await circles(desk, ask("a"), ask("b")), [
    '1: FlowSet "desk": spec.flows[0].toolRefs[0].name: by the Tool "ask-b" the flow calls itself ' +
    "in a circle: a → b → a",
  ]);
  assert.deepEqual(await circles(desk, flow("b"), ask("a"), ask("b")), []);
});
