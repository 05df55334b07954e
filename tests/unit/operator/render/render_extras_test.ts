import assert from "assert";
import { renderAutoscaler } from "../../../../operator/render/render_autoscaler.ts";
import { renderDisruptionBudget } from "../../../../operator/render/render_disruption_budget.ts";
import { renderNetworkPolicy } from "../../../../operator/render/render_network_policy.ts";
import { renderService } from "../../../../operator/render/render_service.ts";
import { serverOwnerOf } from "./server_owner_of.ts";

type Fields = Record<string, unknown>;

Deno.test("extras: a server that asks for none has none", () => {
  const owner = serverOwnerOf();
  assert.equal(renderAutoscaler(owner), undefined);
  assert.equal(renderDisruptionBudget(owner), undefined);
  assert.equal(renderNetworkPolicy(owner), undefined);
});

Deno.test("renderService: the port by its name, so that pods of two ports are reached", () => {
  for (const kind of ["Flow", "FlowSet"] as const) {
    const { spec } = renderService(serverOwnerOf({ port: 9000, serviceType: "NodePort" }, kind));
    const { type, selector, ports } = spec as Fields;
    assert.equal(type, "NodePort");
    assert.deepEqual(selector, {
      "app.kubernetes.io/managed-by": "genkit-operator",
      [`genkit.dev/${kind.toLowerCase()}`]: "greeter",
    });
    assert.deepEqual(ports, [
      { name: "http", port: 9000, targetPort: "http", protocol: "TCP", appProtocol: "http" },
    ]);
  }
});

const own = { type: "Pods", pods: {} };
const used = (name: string, averageUtilization: number) => ({
  type: "Resource",
  resource: { name, target: { type: "Utilization", averageUtilization } },
});

for (
  const [name, settings, expected] of [
    ["by CPU where nothing is said", {}, [used("cpu", 80)]],
    ["by CPU as it says", { targetCPUUtilizationPercentage: 50 }, [used("cpu", 50)]],
    ["by memory alone", { targetMemoryUtilizationPercentage: 60 }, [used("memory", 60)]],
    ["by metrics alone", { metrics: [own] }, [own]],
    ["by all of them", { metrics: [own], targetCPUUtilizationPercentage: 50 }, [
      used("cpu", 50),
      own,
    ]],
  ] as const
) {
  Deno.test(`renderAutoscaler: scales ${name}`, () => {
    const autoscaling = { maxReplicas: 5, ...settings };
    const { minReplicas, maxReplicas, metrics } = renderAutoscaler(serverOwnerOf({ autoscaling }))!
      .spec as Fields;
    assert.deepEqual([minReplicas, maxReplicas, metrics], [1, 5, expected]);
  });
}

for (
  const [settings, expected] of [
    [{}, { maxUnavailable: 1 }],
    [{ maxUnavailable: 0 }, { maxUnavailable: 0 }],
    [{ minAvailable: 0 }, { minAvailable: 0 }],
    [{ minAvailable: "50%" }, { minAvailable: "50%" }],
  ] as const
) {
  Deno.test(`renderDisruptionBudget: ${JSON.stringify(settings)}`, () => {
    const { selector: _, unhealthyPodEvictionPolicy, ...limits } = renderDisruptionBudget(
      serverOwnerOf({ podDisruptionBudget: settings }),
    )!.spec as Fields;
    assert.deepEqual(limits, expected);
    assert.equal(unhealthyPodEvictionPolicy, "AlwaysAllow");
  });
}

const peer = { podSelector: { matchLabels: { app: "web" } } };
const rule = { to: [{ ipBlock: { cidr: "10.0.0.0/8" } }] };
const flowPort = { ports: [{ port: "http", protocol: "TCP" }] };
const dns = { ports: [{ port: 53, protocol: "UDP" }, { port: 53, protocol: "TCP" }] };

for (
  const [name, settings, expected] of [
    ["only those may come, and only to the flows", { from: [peer] }, {
      policyTypes: ["Ingress"],
      ingress: [{ from: [peer], ...flowPort }],
    }],
    ["nobody may come", { from: [] }, { policyTypes: ["Ingress"] }],
    ["names can still be asked for", { egress: [] }, { policyTypes: ["Egress"], egress: [dns] }],
    ["both ways", { from: [peer], egress: [rule] }, {
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [peer], ...flowPort }],
      egress: [dns, rule],
    }],
  ] as const
) {
  Deno.test(`renderNetworkPolicy: ${name}`, () => {
    const { podSelector: _, ...rest } = renderNetworkPolicy(serverOwnerOf({
      networkPolicy: settings,
    }))!.spec as Fields;
    assert.deepEqual(rest, expected);
  });
}

Deno.test("renderNetworkPolicy: one that limits nothing is none", () => {
  assert.equal(renderNetworkPolicy(serverOwnerOf({ networkPolicy: {} })), undefined);
});
