import assert from "assert";
import { parse } from "yaml";
import { customKinds } from "../../../shared/api/kinds.ts";
import { runHealthScript } from "./run_lua.ts";

const { data } = parse(
  Deno.readTextFileSync(new URL("../../../deploy/argocd/argocd-cm.yaml", import.meta.url)),
) as { data: Record<string, string> };

const script = data["resource.customizations.health.genkit.dev_Flow"]!;

const cases: {
  what: string;
  conditions?: Record<string, string>;
  spec?: object;
  generation?: number;
  observedGeneration?: number | undefined;
  status: string;
  message: string;
}[] = [
  {
    what: "without a status it waits",
    observedGeneration: undefined,
    status: "Progressing",
    message: "Waiting for the operator to see this generation",
  },
  {
    what: "what was true of an earlier generation does not count",
    conditions: { Ready: "True" },
    generation: 3,
    status: "Progressing",
    message: "Waiting for the operator to see this generation",
  },
  {
    what: "nor does what stalled then",
    conditions: { Stalled: "True", Ready: "False" },
    generation: 3,
    status: "Progressing",
    message: "Waiting for the operator to see this generation",
  },
  {
    what: "Ready is healthy",
    conditions: { Ready: "True" },
    status: "Healthy",
    message: "Ready is True",
  },
  {
    what: "Ready with a Reconciling that is false is healthy",
    conditions: { Reconciling: "False", Stalled: "False", Degraded: "False", Ready: "True" },
    status: "Healthy",
    message: "Ready is True",
  },
  {
    what: "Stalled is degraded",
    conditions: { Ready: "False", Stalled: "True" },
    status: "Degraded",
    message: "Stalled is True",
  },
  {
    what: "Stalled says more than Degraded",
    conditions: { Degraded: "True", Stalled: "True", Ready: "False" },
    status: "Degraded",
    message: "Stalled is True",
  },
  {
    what: "one bad flow is degraded",
    conditions: { Ready: "False", Degraded: "True" },
    status: "Degraded",
    message: "Degraded is True",
  },
  {
    what: "a rollout is under way",
    conditions: { Ready: "False", Reconciling: "True" },
    status: "Progressing",
    message: "Reconciling is True",
  },
  {
    what: "not ready, and no reason to worry yet",
    conditions: { Ready: "False" },
    status: "Progressing",
    message: "Ready is False",
  },
  {
    what: "no condition at all is waiting",
    conditions: {},
    status: "Progressing",
    message: "Waiting to be ready",
  },
  {
    what: "suspended on purpose is as healthy as it should be",
    conditions: { Ready: "True" },
    spec: { suspend: true },
    status: "Healthy",
    message: "Ready is True",
  },
];

for (const { what, conditions, spec = {}, generation = 2, status, message, ...rest } of cases) {
  Deno.test(`Argo CD: ${what}`, () => {
    const observedGeneration = "observedGeneration" in rest ? rest.observedGeneration : 2;
    const object = {
      metadata: { name: "greeter", generation },
      spec,
      ...observedGeneration !== undefined && {
        status: {
          observedGeneration,
          conditions: Object.entries(conditions ?? {}).map(([type, status]) => ({
            type,
            status,
            message: `${type} is ${status}`,
          })),
        },
      },
    };
    assert.deepEqual(runHealthScript(script, object), { status, message });
  });
}

Deno.test("Argo CD's ConfigMap has the same check for each of the kinds", () => {
  const keys = Object.keys(customKinds).map((kind) =>
    `resource.customizations.health.genkit.dev_${kind}`
  );
  assert.deepEqual(Object.keys(data), keys);
  assert.equal(new Set(Object.values(data)).size, 1);
});
