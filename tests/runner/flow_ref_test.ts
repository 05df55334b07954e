/** Flows as tools of other flows, in real sandboxes of one server and across servers. */
import assert from "assert";
import { FlowHost } from "../../runner/host/flow_host.ts";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import { planFlows } from "../../runner/host/plan_flows.ts";
import { Sandbox } from "../../runner/host/sandbox.ts";
import { sandboxWorker, startSandbox } from "../../runner/host/sandbox_process.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { ensureSandboxBundle } from "../../tasks/bundle.ts";
import { flowDefinition } from "./flow_definition.ts";
import { logLines } from "./log_lines.ts";
import { toolServer } from "./tool_call.ts";

/** A flow whose model asks for the flow `to` and answers with what that said. */
function flow(
  name: string,
  to?: string,
  { url, onError }: { url?: string; onError?: string } = {},
) {
  const source = to === undefined
    ? `---\nconfig:\n  delayMs: 0\n---\n{{city}} is sunny`
    : `---\nconfig:\n  callTool: ask\n---\nHi`;
  const definition = {
    name: "ask",
    description: "Asks",
    inputSchema: {
      type: "object",
      properties: { city: { const: "Paris" } },
      required: ["city"],
    },
  };
  const implementation = { flowRef: { name: to, ...url && { url } }, ...onError && { onError } };
  const tools = to === undefined ? [] : [{ definition, implementation }];
  return { ...flowDefinition({ main: source }, { tools }), name };
}

/** Serves flows in sandboxes, and calls one of them. */
async function withFlows(
  flows: FlowDefinition[],
  run: (call: (flow: string, more?: Partial<FlowCall>) => Promise<string>) => Promise<void>,
): Promise<void> {
  await ensureSandboxBundle();
  const worker = await sandboxWorker();
  const { log } = logLines();
  const host = new FlowHost({
    log,
    createSandbox: (hosts) =>
      new Sandbox({ log, start: () => startSandbox({ hosts, heapMegabytes: 128 }, worker) }),
  });
  try {
    const credentials = () => ({ get: () => undefined, hint: () => "" });
    const plans = planFlows({ layout: "multi", flows, broken: [] }, { credentials });
    const { failed } = await host.apply(plans);
    assert.deepEqual(failed, []);
    await run(async (name, more = {}) => {
      const route = host.table.routes.get(name)!;
      assert.ok("handle" in route);
      const signal = new AbortController().signal;
      const { text } = await route.handle.call({ prompt: "main", input: {}, signal, ...more });
      return text;
    });
  } finally {
    await host.close();
  }
}

Deno.test("a flow runs another one of its server, and that one a third", () =>
  withFlows([flow("a", "b"), flow("b", "c"), flow("c")], async (call) => {
    assert.equal(await call("a"), "Paris is sunny");
    assert.equal(await call("b"), "Paris is sunny");
  }));

Deno.test("a circle of flows ends where it closes", () =>
  withFlows([flow("a", "b"), flow("b", "a"), flow("self", "self")], async (call) => {
    await assert.rejects(call("a"), {
      status: "INTERNAL",
      http: 502,
      message: 'The tool "ask" failed: the flow "b" failed: The tool "ask" failed: the flow "a" ' +
        "failed: It is already running for this call (a → b → a)",
    });
    await assert.rejects(call("self"), /already running for this call \(self → self\)$/);
  }));

Deno.test("a flow that fails may be an answer to the model", () =>
  withFlows([flow("a", "gone", { onError: "ReportToModel" })], async (call) => {
    assert.deepEqual(JSON.parse(await call("a")), {
      error: {
        message: 'The tool "ask" failed: the flow "gone" failed: The server does not have it',
      },
    });
  }));

Deno.test("a flow of another server is called by its address, and told how deep it is", async () => {
  const seen: { depth: string | null; protocol: string | null; body: unknown }[] = [];
  await using server = await toolServer(async (request) => {
    const depth = request.headers.get("x-genkitd-depth");
    const protocol = request.headers.get("x-genkit-protocol");
    seen.push({ depth, protocol, body: await request.json() });
    return new Response("far away");
  });
  await withFlows([flow("a", "far", { url: server.url })], async (call) => {
    assert.equal(await call("a"), "far away");
    assert.equal(await call("a", { depth: 7 }), "far away");
    const body = { city: "Paris" };
    assert.deepEqual(seen, [
      { depth: "1", protocol: "raw", body },
      { depth: "8", protocol: "raw", body },
    ]);
    await assert.rejects(call("a", { depth: 8 }), {
      message:
        'The tool "ask" failed: flows have called one another 8 times to get here, which is the most',
    });
    assert.equal(seen.length, 2);
  });
});

Deno.test("a flow that runs for another ends with its call", () => {
  const slow = flow("b");
  slow.prompts[0]!.source = "---\nconfig:\n  delayMs: 3600000\n---\nHi";
  return withFlows([flow("a", "b"), slow], async (call) => {
    const controller = new AbortController();
    const running = call("a", { signal: controller.signal });
    controller.abort();
    await assert.rejects(running, { status: "CANCELLED" });
  });
});
