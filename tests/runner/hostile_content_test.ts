/**
 * What authors and callers write is hostile: two flows of one trust domain share a sandbox, and
 * nothing that the one's content says changes the other, or gets at the sandbox's own functions.
 */
import assert from "assert";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import { callMain, flowDefinition } from "./flow_definition.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

/** As it comes over the wire: with `__proto__` as a field of its own. */
const json = (text: string): unknown => JSON.parse(text);
const polluted = '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}';

interface Deed {
  definition: FlowDefinition;
  input?: unknown;
  auth?: Record<string, unknown>;
}

const withConfig = (config: Record<string, unknown>): FlowDefinition => ({
  ...flowDefinition({ main: "Hello" }),
  config: { ...flowDefinition({ main: "Hello" }).config, ...config },
});

const DEEDS: Record<string, Deed> = {
  "an input with __proto__": {
    definition: flowDefinition({ main: "{{json this}}" }),
    input: json(polluted),
  },
  "claims with __proto__": {
    definition: flowDefinition({ main: "{{@auth.sub}}" }),
    auth: json(polluted) as Record<string, unknown>,
  },
  "frontmatter with __proto__": {
    definition: flowDefinition({
      main: "---\n__proto__: {polluted: yes}\nconfig: {__proto__: {polluted: yes}}\n" +
        "input: {default: {__proto__: {polluted: yes}}, schema: {name?: string}}\n---\nHi",
    }),
  },
  "a schema with __proto__": {
    definition: flowDefinition({
      main: "---\ninput:\n  schema:\n    type: object\n    properties:\n" +
        "      __proto__: {type: object, default: {polluted: yes}}\n---\nHi",
    }),
    input: json(polluted),
  },
  "a model's settings with __proto__": {
    definition: withConfig({
      defaultModel: { provider: "echo", model: "echo", defaultConfig: json(polluted) },
    }),
  },
  "a provider's settings with __proto__": {
    definition: withConfig({ plugin: { type: "echo", extraConfig: json(polluted) } }),
  },
  "a partial that is called __proto__": {
    definition: flowDefinition({ main: "{{>__proto__}}", ___proto__: "polluted" }),
  },
  "a prompt that is called constructor": {
    definition: flowDefinition({ main: "Hi", constructor: "Hello" }),
  },
  "a template that calls a constructor": {
    definition: flowDefinition({
      main: "{{#with name}}{{constructor.constructor 'return 1'}}{{/with}}",
    }),
    input: { name: "Ann" },
  },
  "a template that looks for code": {
    definition: flowDefinition({
      main: "{{constructor}}{{__proto__.polluted}}{{lookup this 'constructor'}}" +
        "{{#with (lookup this '__proto__')}}{{polluted}}{{/with}}",
    }),
    input: { name: "Ann" },
  },
  "a template that looks for what helpers see": {
    definition: flowDefinition({
      main: "{{@root.constructor.name}}{{@process.env}}{{Deno.version}}",
    }),
  },
  "a template that makes partials for all": {
    definition: flowDefinition({ main: "{{#*inline 'sign'}}polluted{{/inline}}{{>sign}}" }),
  },
};

const victim = flowDefinition({
  _sign: "Yours",
  main: "---\ninput:\n  schema:\n    name: string\n    polluted?: string\n---\n" +
    "Hello {{name}}{{polluted}}, {{>sign}}",
});

Deno.test("hostile content changes nothing for another flow of the same sandbox", async (t) => {
  await using sandbox = await startSandboxDriver();
  await sandbox.load({ flow: "victim", definition: victim, credentials: {} });
  let last = 0;
  const call = (flow: string, input: unknown, auth?: Record<string, unknown>) =>
    sandbox.call({ flow, prompt: "main", stream: false, call: ++last, input, ...auth && { auth } });

  for (const [name, { definition, input = {}, auth }] of Object.entries(DEEDS)) {
    await t.step(name, async () => {
      const loaded = await sandbox.load({ flow: name, definition, credentials: {} });
      const answer = loaded.type === "loaded" ? await call(name, input, auth) : loaded;
      // It may be answered or refused; no function and no prototype is in what it gets.
      assert.doesNotMatch(JSON.stringify(answer), /function|native code|\[object Function\]/);
      const other = await call("victim", { name: "Ann" });
      assert.equal(other.type === "result" && other.result.text, "Hello Ann, Yours");
      // Nor for flows that come later.
      const later = `after ${name}`;
      await sandbox.load({ flow: later, definition: victim, credentials: {} });
      const fresh = await call(later, { name: "Bob" });
      assert.equal(fresh.type === "result" && fresh.result.text, "Hello Bob, Yours");
    });
  }
});

Deno.test("hostile content adds nothing to the prototypes that all code shares", async (t) => {
  const shared = [Object, Array, Function, String, Map, Promise].map(({ prototype }) => prototype);
  const own = () => shared.map((prototype) => Reflect.ownKeys(prototype).length);
  // A first flow, since libraries may add their own as they are used.
  await callMain(await loadFlow({ definition: victim, credentials: {} }), { name: "Ann" });
  const before = own();
  for (const [name, { definition, input = {} }] of Object.entries(DEEDS)) {
    await t.step(name, async () => {
      await loadFlow({ definition, credentials: {} }).then((flow) => callMain(flow, input))
        .catch(() => {});
      assert.equal("polluted" in {}, false);
      assert.deepEqual(own(), before);
    });
  }
});
