import assert from "assert";
import { datasetController } from "../../../../operator/controllers/dataset_controller.ts";
import type { Dataset } from "../../../../shared/api/dataset.ts";
import { asReconciled, fakeReader, object } from "../fake_reader.ts";

const samples = { "data.json": "[1, 2]", "data.jsonl": "1\n2\n3\n" };
const configMap = object("ConfigMap", "samples", { data: samples });
const lines = object("ConfigMap", "lines", { data: { "data.jsonl": "1\n2\n3\n" } });
const empty = object("ConfigMap", "empty", { data: {} });

function reconcile(spec: Record<string, unknown>) {
  const read = fakeReader([configMap, lines, empty]);
  const dataset = object("Dataset", "greetings", { spec: { format: "json", ...spec } });
  return datasetController.reconcile(asReconciled<Dataset>(dataset), read);
}

type Case = [string, Record<string, unknown>, number | null, string];

const counted: Case[] = [
  ["inline, as a list", { source: { inline: [{ a: 1 }, { a: 2 }] } }, 2, "in spec.source.inline"],
  ["inline, as text", { source: { inline: "[1]" } }, 1, "in spec.source.inline"],
  ["an empty configMapRef is none", { source: { inline: [], configMapRef: {} } }, 0, "inline"],
  ["a ConfigMap", { source: { configMapRef: { name: "samples" } } }, 2, "in data.json of"],
  [
    "a ConfigMap with a key of the format's name",
    { format: "jsonl", source: { configMapRef: { name: "lines" } } },
    3,
    'in data.jsonl of ConfigMap "lines"',
  ],
  ["what is behind a uri is not counted", { source: { uri: "s3://b/k" } }, -1, "not fetched"],
  [
    "samples that fit their schema",
    { source: { inline: [{ a: 1 }] }, schema: { required: ["a"] } },
    1,
    "all as spec.schema says",
  ],
];

for (const [name, spec, count, message] of counted) {
  Deno.test(`Dataset: ${name}`, async () => {
    const { failures, status, ready } = await reconcile(spec);
    assert.deepEqual(failures, []);
    assert.deepEqual(status, { sampleCount: count });
    assert.equal(ready.reason, "Accepted");
    assert.ok(ready.message.includes(message), ready.message);
  });
}

const refused: [string, Record<string, unknown>, string, string][] = [
  [
    "no source",
    { source: {} },
    "invalid InvalidSpec",
    "spec.source: 0 of inline, configMapRef and",
  ],
  [
    "a file, which is in no cluster",
    { source: { inline: { $resource: "data/samples.csv" } } },
    "invalid InvalidSpec",
    'spec.source.inline: refers to the file "data/samples.csv", and there are no files',
  ],
  ["a source without a value", { source: { inline: null } }, "invalid InvalidSpec", ": 0 of"],
  ["two sources", { source: { inline: [], uri: "s3://b" } }, "invalid InvalidSpec", ": 2 of"],
  [
    "a ConfigMap that is missing",
    { source: { configMapRef: { name: "none" } } },
    "blocked MissingDependency",
    'spec.source.configMapRef.name: ConfigMap "none" is not found in namespace "demo"',
  ],
  [
    "a ConfigMap without the key",
    { format: "csv", source: { configMapRef: { name: "empty" } } },
    "blocked InvalidDependency",
    'ConfigMap "empty" has no key "data.json" or "data.csv"',
  ],
  [
    "samples that are not of the format",
    { format: "jsonl", source: { inline: "{}\nx" } },
    "invalid InvalidSpec",
    "in spec.source.inline: line 2 is no JSON",
  ],
  [
    "a sample that does not fit the schema",
    { source: { inline: [{ a: 1 }, {}] }, schema: { required: ["a"] } },
    "invalid InvalidSpec",
    'Dataset "greetings": sample 1: Instance does not have required property "a"',
  ],
];

for (const [name, spec, outcome, message] of refused) {
  Deno.test(`Dataset: refuses ${name}`, async () => {
    const { failures: [first, ...more] } = await reconcile(spec);
    assert.deepEqual(more, []);
    assert.equal(`${first!.failure} ${first!.reason}`, outcome);
    assert.ok(first!.message.includes(message), first!.message);
  });
}

Deno.test("Dataset: a count that is known stays while samples do not fit; else there is none", async () => {
  const misfit = await reconcile({ source: { inline: [1, 2] }, schema: { type: "string" } });
  assert.deepEqual(misfit.status, { sampleCount: 2 });
  assert.deepEqual((await reconcile({ source: {} })).status, { sampleCount: null });
});

Deno.test("Dataset: a ConfigMap is read by name, so that its edits and its appearance are seen", async () => {
  const read = fakeReader([]);
  const spec = { format: "json", source: { configMapRef: { name: "later" } } };
  await datasetController.reconcile(asReconciled(object("Dataset", "d", { spec })), read);
  assert.deepEqual(read.reads, ["data ConfigMap/demo/later"]);
});
