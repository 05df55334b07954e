/** Prometheus' own promtool reads the rules and evaluates them over series that are made up. */
import assert from "assert";
import { ALERT_CASES, type AlertCase } from "./alert_cases.ts";
import { alerts, rules } from "./alerts.ts";
import { promtool } from "./promtool.ts";

/** A test of promtool: after an hour of the series the alert fires for whom it is about, or not. */
function promtoolTest(
  { alert, about }: AlertCase,
  series: Record<string, string>,
  fires: boolean,
) {
  const { severity } = alerts.find((each) => each.alert === alert)!.labels;
  const labels = Object.entries({ alertname: alert, alertstate: "firing", severity, ...about })
    .map(([name, value]) => `${name}="${value}"`).join(",");
  return {
    interval: "1m",
    input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
    promql_expr_test: [{
      expr: `ALERTS{alertname="${alert}",alertstate="firing"}`,
      eval_time: "1h",
      exp_samples: fires ? [{ labels: `ALERTS{${labels}}`, value: 1 }] : [],
    }],
  };
}

Deno.test("promtool takes every rule", async () => {
  const said = await promtool(["check", "rules", "rules.yaml"], { "rules.yaml": rules });
  assert.match(said, new RegExp(`SUCCESS: ${alerts.length} rules found`));
});

Deno.test("each alert has cases", () => {
  assert.deepEqual(ALERT_CASES.map(({ alert }) => alert), alerts.map(({ alert }) => alert));
});

for (const each of ALERT_CASES) {
  Deno.test(`alert ${each.alert} fires when it should, and not otherwise`, async () => {
    const tests = [
      promtoolTest(each, each.bad, true),
      ...each.good.map((series) => promtoolTest(each, series, false)),
    ];
    await promtool(["test", "rules", "test.yaml"], {
      "rules.yaml": rules,
      "test.yaml": { rule_files: ["rules.yaml"], evaluation_interval: "1m", tests },
    });
  });
}
