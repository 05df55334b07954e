import assert from "assert";
import { keepFlows } from "../../../../operator/render/keep_flows.ts";
import { renderContent } from "../../../../operator/render/render_content.ts";
import type { ServerContent } from "../../../../operator/render/server_content.ts";
import type { ServedFlow } from "../../../../shared/flows/flow_server.ts";

const flow = (name: string, source = "Hello"): ServedFlow => ({
  name,
  entrypoint: "greeting",
  plugin: { type: "googleai", credentialKeys: ["GEMINI_API_KEY"], secret: `${name}-keys` },
  prompts: [{ name: "greeting", source }],
  tools: [{
    name: "weather",
    definition: {},
    http: { url: "http://a", method: "GET", headersSecret: "headers" },
  }],
});

function contentOf(...flows: ServedFlow[]): ServerContent {
  const server = { namespace: "demo", name: "set", layout: "multi" as const, flows };
  return renderContent(server, () => ["X-Key"]);
}

Deno.test("keepFlows: a flow that is not resolved stays as it was, beside new ones", () => {
  const { content, kept } = keepFlows(
    contentOf(flow("good", "new")),
    contentOf(flow("bad", "old"), flow("good", "old")),
    ["bad"],
  );
  assert.deepEqual(kept, ["bad"]);
  assert.deepEqual(content, contentOf(flow("bad", "old"), flow("good", "new")));
});

Deno.test("keepFlows: where nothing else is new, nothing is", () => {
  const last = contentOf(flow("bad"), flow("good"));
  assert.deepEqual(keepFlows(contentOf(flow("good")), last, ["bad"]).content, last);
});

Deno.test("keepFlows: a flow whose name begins as another's is not taken for it", () => {
  const last = contentOf(flow("a"), flow("ab", "old"));
  const { content } = keepFlows(contentOf(flow("ab", "new")), last, ["a"]);
  assert.deepEqual(content, contentOf(flow("a"), flow("ab", "new")));
});

Deno.test("keepFlows: a flow that never was served is not kept", () => {
  const now = contentOf(flow("good"));
  assert.deepEqual(keepFlows(now, contentOf(flow("good", "old")), ["new"]), {
    content: now,
    kept: [],
  });
});

Deno.test("keepFlows: a flow that the FlowSet no longer has is not kept", () => {
  const last = contentOf(flow("bad"), flow("removed"));
  assert.deepEqual(keepFlows(contentOf(), last, ["bad"]).content, contentOf(flow("bad")));
});
