import { parse } from "yaml";
import { ROOT } from "../../../tasks/checkout.ts";

/** An alert of a PrometheusRule. */
export interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

const PATH = `${ROOT}deploy/components/monitoring/prometheus-rule.yaml`;

/** The PrometheusRule's spec, which is what Prometheus itself takes as a file of rules. */
export const rules: { groups: { name: string; rules: Alert[] }[] } = parse(
  Deno.readTextFileSync(PATH),
).spec;

/** The alerts of genkitd. */
export const alerts: readonly Alert[] = rules.groups.flatMap((group) => group.rules);
