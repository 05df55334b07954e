import assert from "assert";
import { serverStatus } from "../../../../operator/controllers/server_status.ts";
import type { FlowSet } from "../../../../shared/api/flow_set.ts";

const set = {
  apiVersion: "genkit.dev/v1alpha1",
  kind: "FlowSet",
  metadata: { name: "set", namespace: "demo" },
  spec: { image: "genkitd:1", flows: [{ name: "greet" }] },
} as FlowSet;

const cases = [
  ["waits for what is missing", { failed: false, kept: [] }, "Pending", "no Prompt"],
  ["waits for its own edit", { failed: true, kept: [] }, "Failed", "no Prompt"],
  [
    "serves as it last did",
    { failed: true, kept: ["greet"] },
    "Running",
    "serves as it last did; no Prompt",
  ],
] as const;

for (const [name, { failed, kept }, phase, message] of cases) {
  Deno.test(`a FlowSet's flow that cannot be served ${name}`, () => {
    const { flows, readyFlows } = serverStatus(set, {
      rollout: undefined,
      changing: false,
      failed,
      troubles: new Map([["greet", { message: "no Prompt", failed }]]),
      kept,
      suspended: false,
    });
    assert.deepEqual(flows, [{ name: "greet", ready: false, phase, message }]);
    assert.equal(readyFlows, 0);
  });
}
