import assert from "assert";
import { OperatorMetrics } from "../../../operator/operator_metrics.ts";
import { customKinds } from "../../../shared/api/kinds.ts";
import { ROOT } from "../../../tasks/checkout.ts";
import { alerts } from "./alerts.ts";
import { unknownIn } from "./known_metrics.ts";

for (const { alert, expr } of alerts) {
  Deno.test(`alert ${alert} asks for metrics and labels that the operator or a runner has`, () => {
    assert.deepEqual(unknownIn(expr), []);
  });
}

Deno.test("a metric or label that nobody has is found", () => {
  assert.deepEqual(unknownIn("max by (namespace) (genkitd_leaders) < 1"), ["genkitd_leaders"]);
  assert.deepEqual(unknownIn('sum by (kinds) (genkitd_objects{redy!="True"})'), [
    "redy of genkitd_objects",
    "kinds of genkitd_objects",
  ]);
  assert.deepEqual(unknownIn("up == 0"), ['no series in "up == 0"']);
});

Deno.test("alerts select values that the operator gives", async () => {
  const metrics = new OperatorMetrics({
    queue: () => ({ depth: 0, age: 0 }),
    isLeader: () => true,
    objects: () => [{ kind: "Flow", ready: "True" }],
  });
  metrics.reconciled("Flow", "retry", 1);
  const exposed = await metrics.registry.metrics();
  const selected = alerts.flatMap(({ expr }) => [
    ...expr.matchAll(/genkitd_(?:reconcile|objects)\w*\{([^}]*)\}/g),
  ]).flatMap(([, selector]) => [...selector!.matchAll(/(\w+)!?=~?"([^"]+)"/g)]);
  assert.ok(selected.length > 4);
  for (const [, label, values] of selected) {
    for (const value of values!.split("|")) {
      const known = label === "kind"
        ? value in customKinds
        : exposed.includes(`${label}="${value}"`);
      assert.ok(known, `${label} is never ${value}`);
    }
  }
});

Deno.test("each alert has a runbook of its own in docs/operations.md, and each runbook its alert", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/operations.md`);
  const headings = [...page.matchAll(/^### (Genkitd\w+)$/gm)].map(([, name]) => name!);
  assert.deepEqual(headings, alerts.map(({ alert }) => alert));
  const base = "https://github.com/genkitd/genkitd/blob/main/docs/operations.md#";
  for (const { alert, annotations } of alerts) {
    // GitHub's anchor of a heading of one word.
    assert.equal(annotations.runbook_url, base + alert.toLowerCase());
  }
});
