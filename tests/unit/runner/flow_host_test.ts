import assert from "assert";
import type { FlowDefinition } from "../../../shared/contract/bundle.ts";
import { createLog } from "../../../shared/log.ts";
import {
  FlowHost,
  type FlowHostOptions,
  type FlowSandbox,
} from "../../../runner/host/flow_host.ts";
import type { BrokenPlan, FlowPlan } from "../../../runner/host/flow_plan.ts";

/** A sandbox whose flows answer with their template; one that says "refuse" is refused. */
class FakeSandbox implements FlowSandbox {
  loads: string[] = [];
  unloads: string[] = [];
  closed = false;
  /** Holds loads back until it resolves. */
  gate: Promise<void> = Promise.resolve();

  constructor(readonly hosts: readonly string[]) {}

  get size() {
    return this.loads.length - this.unloads.length;
  }

  async load({ prompts }: FlowDefinition) {
    const text = prompts[0]!.source;
    await this.gate;
    if (text.includes("refuse")) throw new Error("it is refused");
    this.loads.push(text);
    return {
      prompts: new Map(),
      warnings: text.includes("warn") ? ["a warning"] : [],
      inFlight: 0,
      call: () => Promise.resolve({ text }),
      unload: () => {
        this.unloads.push(text);
        return Promise.resolve();
      },
    };
  }

  close() {
    this.closed = true;
    return Promise.resolve();
  }
}

function setUp(options: Partial<FlowHostOptions> = {}) {
  const made: FakeSandbox[] = [];
  const host = new FlowHost({
    log: createLog({ write() {} }),
    createSandbox(hosts) {
      const sandbox = new FakeSandbox(hosts);
      made.push(sandbox);
      return sandbox;
    },
    ...options,
  });
  return { host, made };
}

function plan(name: string, text: string, { key = "k", hosts = ["h:1"] } = {}): FlowPlan {
  return {
    name,
    routes: new Map([[name, "p"]]),
    definition: {
      name,
      entrypoint: "p",
      config: {},
      prompts: [{ name: "p", source: text }],
      tools: [],
    },
    credentials: { KEY: key },
    hosts,
    apiKeys: () => new Map(),
  };
}

function broken(name: string, reason: string): BrokenPlan {
  return { name, routes: new Map([[name, ""]]), reason };
}

async function answer({ table }: FlowHost, path: string): Promise<string> {
  const route = table.routes.get(path);
  if (route === undefined) return "no route";
  if ("failed" in route) return `failed: ${route.failed}`;
  const signal = new AbortController().signal;
  return (await route.handle.call({ prompt: "p", input: {}, signal })).text;
}

const states = ({ table }: FlowHost) =>
  table.flows.map(({ name, state, reason }) => [name, state, ...reason ? [reason] : []].join(" "));

Deno.test("FlowHost: flows share a sandbox only with the same keys and hosts", async () => {
  const { host, made } = setUp();
  await host.apply([
    plan("a", "A"),
    plan("b", "B"),
    plan("c", "C", { key: "other" }),
    plan("d", "D", { hosts: ["h:2"] }),
  ]);
  assert.deepEqual(made.map(({ loads }) => loads), [["A", "B"], ["C"], ["D"]]);
  assert.equal(host.sandboxes, 3);
});

Deno.test("FlowHost: only what has changed is loaded again", async () => {
  const { host, made } = setUp();
  await host.apply([plan("a", "A"), plan("b", "B")]);
  const { added, changed, removed } = await host.apply([plan("a", "A2"), plan("b", "B")]);
  assert.deepEqual([added, changed, removed], [[], ["a"], []]);
  assert.deepEqual(made[0]!.loads, ["A", "B", "A2"]);
  assert.deepEqual(made[0]!.unloads, ["A"]);
  assert.equal(await answer(host, "a"), "A2");
});

Deno.test("FlowHost: the old version answers until the new one is up", async () => {
  const { host, made } = setUp();
  await host.apply([plan("a", "A")]);
  const gate = Promise.withResolvers<void>();
  made[0]!.gate = gate.promise;
  const applying = host.apply([plan("a", "A2")]);
  assert.equal(await answer(host, "a"), "A");
  assert.deepEqual(made[0]!.unloads, []);
  gate.resolve();
  await applying;
  assert.equal(await answer(host, "a"), "A2");
});

Deno.test("FlowHost: a new version that is refused leaves the old one, and says so", async () => {
  const { host } = setUp();
  await host.apply([plan("a", "A")]);
  const { failed } = await host.apply([plan("a", "refuse")]);
  assert.deepEqual(failed, [{ name: "a", reason: "it is refused" }]);
  assert.equal(await answer(host, "a"), "A");
  assert.deepEqual(states(host), [
    "a serving an older version, as the newer one failed: it is refused",
  ]);
});

Deno.test("FlowHost: so does a plan that is broken, until it is mended", async () => {
  const { host, made } = setUp();
  await host.apply([plan("a", "A")]);
  await host.apply([broken("a", "no key")]);
  assert.equal(await answer(host, "a"), "A");
  await host.apply([plan("a", "A")]);
  assert.deepEqual(states(host), ["a serving"]);
  assert.deepEqual(made[0]!.loads, ["A"], "nothing was loaded for that");
});

Deno.test("FlowHost: a flow that never served is failed with its reason, beside the others", async () => {
  const { host } = setUp();
  const { failed } = await host.apply([broken("a", "no key"), plan("b", "refuse"), plan("c", "C")]);
  assert.deepEqual(failed.map(({ name }) => name), ["a", "b"]);
  assert.equal(await answer(host, "a"), "failed: no key");
  assert.equal(await answer(host, "b"), "failed: it is refused");
  assert.equal(await answer(host, "c"), "C");
  assert.deepEqual(states(host), ["a failed no key", "b failed it is refused", "c serving"]);
});

Deno.test("FlowHost: a flow is known while it loads", async () => {
  const gate = Promise.withResolvers<void>();
  const { host } = setUp({
    createSandbox(hosts) {
      const sandbox = new FakeSandbox(hosts);
      sandbox.gate = gate.promise;
      return sandbox;
    },
  });
  const applying = host.apply([plan("a", "A")]);
  await Promise.resolve();
  assert.deepEqual(states(host), ["a loading"]);
  assert.equal(await answer(host, "a"), "failed: it is still loading");
  gate.resolve();
  await applying;
  assert.equal(await answer(host, "a"), "A");
});

Deno.test("FlowHost: a removed flow loses its route, and an empty sandbox is closed", async () => {
  const { host, made } = setUp();
  await host.apply([plan("a", "A"), plan("b", "B", { key: "other" })]);
  const { removed } = await host.apply([plan("a", "A")]);
  assert.deepEqual(removed, ["b"]);
  assert.equal(await answer(host, "b"), "no route");
  await Promise.resolve();
  assert.deepEqual(made.map(({ closed }) => closed), [false, true]);
});

Deno.test("FlowHost: another key moves a flow to another sandbox", async () => {
  const { host, made } = setUp();
  await host.apply([plan("a", "A"), plan("b", "B")]);
  await host.apply([plan("a", "A", { key: "new" }), plan("b", "B")]);
  assert.deepEqual(made.map(({ loads }) => loads), [["A", "B"], ["A"]]);
  assert.deepEqual(made[0]!.unloads, ["A"]);
});

Deno.test("FlowHost: one apply waits for the one before", async () => {
  const { host } = setUp();
  const first = host.apply([plan("a", "A")]);
  const second = host.apply([plan("a", "A2")]);
  assert.deepEqual((await first).added, ["a"]);
  assert.deepEqual((await second).changed, ["a"]);
  assert.equal(await answer(host, "a"), "A2");
});

Deno.test("FlowHost: warnings of a flow come with its name", async () => {
  const { host } = setUp();
  const { warnings } = await host.apply([plan("a", "warn")]);
  assert.deepEqual(warnings, [{ name: "a", message: "a warning" }]);
});

Deno.test("FlowHost: what is applied before a call is what the call runs on", async () => {
  let changed = true;
  const { host } = setUp({
    async beforeCall() {
      if (!changed) return;
      changed = false;
      await host.apply([plan("a", "A2")]);
    },
  });
  await host.apply([plan("a", "A")]);
  assert.equal(await answer(host, "a"), "A2");
});

Deno.test("a flow that keeps answers has a cache for each version, which a reload of others leaves", async () => {
  const { host } = setUp();
  const keeping = (text: string) => {
    const made = plan("a", text);
    const config = { ...made.definition.config, cache: { ttlSeconds: 10 } };
    return { ...made, definition: { ...made.definition, config } };
  };
  const cacheOf = (flow: string) => {
    const route = host.table.routes.get(flow)!;
    return "handle" in route ? route.handle.cache : undefined;
  };
  await host.apply([keeping("one"), plan("b", "x")]);
  const first = cacheOf("a");
  assert.ok(first);
  assert.equal(cacheOf("b"), undefined);
  await host.apply([keeping("one"), plan("b", "y")]);
  assert.equal(cacheOf("a"), first);
  await host.apply([keeping("two")]);
  assert.notEqual(cacheOf("a"), first);
  await host.apply([keeping("one")]);
  assert.notEqual(cacheOf("a"), first);
});
