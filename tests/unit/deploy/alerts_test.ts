import assert from "assert";
import { parse } from "yaml";
import { OperatorMetrics } from "../../../operator/operator_metrics.ts";

const PATH = "../../../deploy/components/monitoring/prometheus-rule.yaml";
const { spec } = parse(Deno.readTextFileSync(new URL(PATH, import.meta.url)));
const alerts: { alert: string; expr: string }[] = spec.groups.flatMap((
  group: { rules: object[] },
) => group.rules);

const metrics = new OperatorMetrics({
  queue: () => ({ depth: 0, age: 0 }),
  isLeader: () => true,
  objects: () => [{ kind: "Flow", ready: "True" }],
});
metrics.reconciled("Flow", "retry", 1);
metrics.watchRestarted("Flow", "410");
const exposed = await metrics.registry.metrics();

for (const { alert, expr } of alerts) {
  Deno.test(`alert ${alert} asks for metrics and labels that the operator has`, () => {
    const asked = [...expr.matchAll(/(genkitd_\w+)(?:\{([^}]*)\})?/g)];
    assert.ok(asked.length > 0);
    for (const [, name = "", selector = ""] of asked) {
      const sample = exposed.split("\n").find((line) =>
        line.startsWith(`${name}{`) || line.startsWith(`${name} `)
      );
      assert.ok(sample, name);
      const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(", "));
      const used = [...selector.matchAll(/(\w+)[=!]/g)].map(([, label]) => label!);
      // The namespace is the target's, added by Prometheus.
      for (const label of [...by, ...used].filter((label) => label !== "namespace")) {
        assert.ok(sample.includes(`${label}="`), `${name} has no label ${label}`);
      }
      for (const [, label, value] of selector.matchAll(/(\w+)!?="(\w+)"/g)) {
        assert.ok(sample.includes(`${label}="${value}"`), `${label} is never ${value}`);
      }
    }
  });
}
