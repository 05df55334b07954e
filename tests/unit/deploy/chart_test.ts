import assert from "assert";
import { Command } from "commander";
import { parse } from "yaml";
import { define } from "../../../cli/operator.ts";
import { LEGACY_NAMESPACE } from "../../../operator/lease_names.ts";
import { VERSION } from "../../../shared/version.ts";
import { ROOT } from "../../../tasks/checkout.ts";
import { chartValues } from "../../../tasks/chart_values.ts";

const read = (name: string) => Deno.readTextFileSync(`${ROOT}deploy/chart/${name}`);
const values = parse(read("values.yaml"));

Deno.test("the chart has the version of genkitd, and installs it", () => {
  const { name, version, appVersion } = parse(read("Chart.yaml"));
  assert.deepEqual([name, version, appVersion], ["genkitd", VERSION, VERSION]);
});

Deno.test("every value is in the schema, and what is in the schema is a value", () => {
  const schema = JSON.parse(read("values.schema.json")) as Schema;
  assert.equal(schema.$schema, "http://json-schema.org/draft-07/schema#");
  const { global: _, enabled: __, ...properties } = schema.properties!;
  compare(values, { ...schema, properties }, "");
});

Deno.test("what the chart says of the operator's defaults is so", () => {
  const command = new Command("operator");
  define(command);
  const { maxRollouts, workers, logLevel, logFormat, legacyNamespace } = command.opts();
  assert.deepEqual(
    {
      maxRollouts: `${values.maxRollouts}`,
      workers: `${values.workers}`,
      logLevel: values.log.level,
      logFormat: values.log.format,
      legacyNamespace: values.legacyLease.namespace,
    },
    { maxRollouts, workers, logLevel, logFormat, legacyNamespace },
  );
  assert.equal(values.legacyLease.namespace, LEGACY_NAMESPACE);
  // The template leaves a flag out where it would say the default.
  const template = read("templates/deployment.yaml");
  for (const value of [maxRollouts, workers, `"${logLevel}"`, `"${logFormat}"`]) {
    assert.ok(template.includes(` ${value} }}`), value);
  }
});

Deno.test("values are read with their comments, and one without a comment is refused", () => {
  const text = "# Of all.\n\n# The image.\nimage:\n  # Its\n  # tag.\n  tag: x\n# Kept whole.\n" +
    "resources:\n  limits: { cpu: 1 }\n";
  assert.deepEqual(chartValues(text), [
    { name: "image.tag", value: "x", comment: "Its tag." },
    { name: "resources", value: "{limits: {cpu: 1}}", comment: "Kept whole." },
  ]);
  assert.throws(() => chartValues("# One.\na: 1\nb: 2\n"), /The value "b" has no comment/);
});

interface Schema {
  $schema?: string;
  $ref?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

function compare(value: unknown, schema: Schema, path: string): void {
  if (schema.properties === undefined || path === "resources") return;
  assert.equal(schema.additionalProperties, false, path);
  assert.deepEqual(Object.keys(schema.properties), Object.keys(value as object), path);
  for (const [name, inner] of Object.entries(schema.properties)) {
    compare((value as Record<string, unknown>)[name], inner, `${path}${name}`);
  }
}
