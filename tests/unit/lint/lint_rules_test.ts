import assert from "assert";
import { LINT_RULES } from "../../../shared/lint/lint_rules.ts";
import { lintTextsOf } from "./lint_text_of.ts";
import { planted, PLANTED_FAULTS, WELL } from "./planted_faults.ts";

const object = (kind: string, name: string, spec: unknown) =>
  JSON.stringify({ apiVersion: "genkit.dev/v1alpha1", kind, metadata: { name }, spec });
const flow = (more: object = {}) =>
  object("Flow", "helper", { prompts: [{ prompt: { name: "p", content: "Hi" } }], ...more });
const rules = async (...objects: string[]) => {
  const { findings } = await lintTextsOf({ "f.yaml": objects.join("\n---\n") });
  return findings.map(({ rule }) => rule).filter((rule) => rule !== "no-model");
};
const LIBRARY = object("PluginConfig", "keys", { type: "echo" });

Deno.test("lint: an object that nobody uses is told, where something could use it", async () => {
  assert.deepEqual(await rules(LIBRARY), []);
  assert.deepEqual(await rules(flow(), LIBRARY), ["unused-object"]);
});

Deno.test("lint: nothing is called unused while an object of the namespace is not valid", async () => {
  assert.deepEqual(await rules(flow({ replicas: "two" }), LIBRARY), ["invalid-object"]);
});

Deno.test("lint: a Secret that a Deployment mounts is used", async () => {
  const secret = JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "cert" } });
  const volume = { name: "cert", secret: { secretName: "cert" } };
  assert.deepEqual(await rules(flow(), secret), ["unused-object"]);
  assert.deepEqual(await rules(flow({ volumes: [volume] }), secret), []);
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", spec: { volumes: [volume] } };
  assert.deepEqual(await rules(flow(), secret, JSON.stringify(deployment)), []);
});

Deno.test("lint: what is not valid is told once, not again by those who refer to it", async () => {
  const model = object("Model", "m", { provider: "echo", pluginConfigRef: { name: "keys" } });
  const found = await rules(flow({ modelRef: { name: "m" } }), model, LIBRARY);
  assert.deepEqual(found, ["invalid-object"]);
});

Deno.test("lint: a Secret that is not in the files is no finding", async () => {
  const { findings } = await lintTextsOf({
    "f.yaml": WELL.replace(/---\napiVersion: v1\nkind: Secret[\s\S]*?\n(?=---)/, ""),
  });
  assert.deepEqual(findings, []);
});

Deno.test("lint: a tool that needs approval is told of where a schedule runs its flow", async () => {
  const tool = (approval?: "Required") =>
    object("Tool", "pay", {
      definition: { name: "pay", description: "Pays" },
      implementation: { http: { url: "https://shop.test/pay" }, ...approval && { approval } },
    });
  const tools = { toolRefs: [{ name: "pay" }] };
  const scheduled = flow({ ...tools, schedule: { cron: "@daily" } });
  assert.deepEqual(await rules(scheduled, tool("Required")), ["unattended-approval"]);
  assert.deepEqual(await rules(scheduled, tool()), []);
  assert.deepEqual(await rules(flow(tools), tool("Required")), []);
});

Deno.test("lint: a prompt that two flows use is told of once", async () => {
  const prompt = object("Prompt", "p", { content: "{{#if}}" });
  const two = ["a", "b"].map((name) => object("Flow", name, { promptRefs: [{ name: "p" }] }));
  assert.deepEqual(await rules(prompt, ...two), ["invalid-prompt"]);
});

Deno.test("lint: the planted faults and this page touch only rules that exist", () => {
  for (const { rule } of PLANTED_FAULTS) assert.ok(rule in LINT_RULES);
  for (const fault of PLANTED_FAULTS) assert.notEqual(planted(fault), WELL);
});

Deno.test("lint: the samples that stand in a Dataset are read, and compared with its schema", async () => {
  const told = async (spec: object) => {
    const { findings } = await lintTextsOf({ "f.yaml": object("Dataset", "d", spec) });
    return findings.map(({ rule, message }) => `${rule}: ${message}`);
  };
  const schema = { type: "object", properties: { a: { type: "integer" } } };
  const well = { format: "jsonl", source: { inline: '{"a":1}\n{"a":2}' }, schema };
  assert.deepEqual(await told(well), []);
  assert.deepEqual(await told({ ...well, source: { configMapRef: { name: "there" } } }), []);
  for (
    const [spec, says] of [
      [{ source: { inline: '{"a":1}\n{a}' } }, /line 2 is no JSON/],
      [{ source: { inline: '{"a":1}\n{"a":"x"}' } }, /sample 1, \/a: /],
      [{ source: {} }, /0 of inline, configMapRef and uri are set, should be exactly one/],
      [{ source: { inline: "{}", uri: "https://d.example" } }, /2 of inline, .* exactly one/],
    ] as const
  ) {
    const [first = "", ...more] = await told({ ...well, ...spec });
    assert.deepEqual(more, []);
    assert.match(first, /^invalid-dataset: /);
    assert.match(first, says);
  }
});

Deno.test("lint: an Eval's schedule is one that a CronJob takes", async () => {
  const told = async (schedule: string) => {
    const dataset = object("Dataset", "d", { format: "json", source: { inline: "[]" } });
    const flows = flow({ modelRef: { name: "m" } });
    const spec = {
      schedule,
      runnerImage: "r:1",
      flowRef: { name: "helper" },
      datasetRef: { name: "d" },
      metrics: ["exact"],
      outputSink: { configMap: { name: "out", key: "k" } },
    };
    return (await rules(flows, dataset, object("Eval", "e", spec)))
      .filter((rule) => rule === "invalid-object");
  };
  for (const well of ["", "0 3 * * *", "*/5 * * * MON-FRI", "@daily", "@every 1h"]) {
    assert.deepEqual(await told(well), [], well);
  }
  for (const wrong of ["99 * * * *", "daily", "* * *", "0 0 31 2 *"]) {
    assert.deepEqual(await told(wrong), ["invalid-object"], wrong);
  }
});

Deno.test("lint: what the frontmatter has of another type than is read has no effect, and is told", async () => {
  const told = async (frontmatter: string) => {
    const prompts = [{ prompt: { name: "p", content: `---\n${frontmatter}\n---\nHi` } }];
    const { findings } = await lintTextsOf({ "f.yaml": flow({ prompts }) });
    return findings.filter(({ rule }) => rule === "ignored-setting").map(({ message }) => message);
  };
  for (
    const [frontmatter, key, is] of [
      ["tools: weather", "tools", '"weather"'],
      ["model: 5", "model", "5"],
      ["config: hot", "config", '"hot"'],
      ["input: string", "input", '"string"'],
      ["input: { default: [1] }", "input.default", "a list"],
      ["output: json", "output", '"json"'],
      ["output: { format: jsn }", "output.format", '"jsn"'],
      ["maxTurns: many", "maxTurns", '"many"'],
      ["toolChoice: { name: x }", "toolChoice", "an object"],
      ["returnToolRequests: 1", "returnToolRequests", "1"],
    ]
  ) {
    const [message = "", ...more] = await told(frontmatter!);
    assert.deepEqual(more, []);
    const start =
      `Flow "helper": spec.prompts[0].prompt.content: the frontmatter's "${key}" is ${is}, `;
    assert.equal(message.slice(0, start.length), start);
  }
  const well = "model: echo/echo\ntools: [a]\nconfig: {}\nmaxTurns: 3\ntoolChoice: auto\n" +
    "returnToolRequests: true\ninput: { default: {} }\noutput: { format: json, schema: }";
  assert.deepEqual(await told(well), []);
});
