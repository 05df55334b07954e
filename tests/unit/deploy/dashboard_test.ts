import assert from "assert";
import { ROOT } from "../../../tasks/checkout.ts";
import { unknownIn } from "./known_metrics.ts";
import { promtool } from "./promtool.ts";

/** A panel of Grafana's; only what is read here. */
interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { expr: string; legendFormat: string }[];
}

const dashboard: { panels: Panel[]; templating: { list: { query: string }[] } } = JSON.parse(
  await Deno.readTextFile(`${ROOT}deploy/grafana/genkitd.json`),
);
const targets = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map((target) => ({ title, ...target }))
);

Deno.test("the dashboard asks for series and labels that the operator or a runner has", () => {
  for (const { title, expr, legendFormat } of targets) {
    assert.deepEqual(unknownIn(expr), [], title);
    const by = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/));
    for (const [, label] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
      assert.ok(by.includes(label!), `"${title}" names ${label}, by which nothing is grouped`);
    }
  }
  for (const { query } of dashboard.templating.list.slice(1)) {
    assert.deepEqual(unknownIn(query.replace(/label_values\((\w+), .*/, "$1")), []);
  }
});

Deno.test("Prometheus can evaluate each query of the dashboard", async () => {
  const tests = targets.map(({ expr }) => ({
    promql_expr_test: [{
      expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$namespace", ".*"),
      eval_time: "1m",
      exp_samples: [],
    }],
  }));
  await promtool(["test", "rules", "test.yaml"], { "test.yaml": { tests } });
});

Deno.test("the dashboard's panels have ids of their own and lie side by side", () => {
  const { panels } = dashboard;
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const places = panels.map(({ gridPos: { x, y } }) => `${x},${y}`);
  assert.equal(new Set(places).size, panels.length);
  assert.ok(panels.every(({ gridPos: { x, w } }) => x + w <= 24));
});
