import assert from "assert";
import type { BrokenPlan, FlowPlan } from "../../../runner/host/flow_plan.ts";
import { rotatedFlows } from "../../../runner/rotated_flows.ts";

function plan(name: string, keys: Record<string, string>): FlowPlan {
  const apiKeys = () => new Map(Object.entries(keys));
  const definition = { config: {} } as FlowPlan["definition"];
  return { name, apiKeys, definition, routes: new Map(), credentials: {}, hosts: [] };
}

const broken: BrokenPlan = { name: "a", routes: new Map(), reason: "it is broken" };

const cases: [string, (FlowPlan | BrokenPlan)[], (FlowPlan | BrokenPlan)[], string[]][] = [
  ["the same keys", [plan("a", { ann: "1" })], [plan("a", { ann: "1" })], []],
  ["another key", [plan("a", { ann: "1" })], [plan("a", { ann: "2" })], ["a"]],
  ["a new caller", [plan("a", {})], [plan("a", { ann: "1" })], ["a"]],
  ["a caller that is gone", [plan("a", { ann: "1", b: "2" })], [plan("a", { ann: "1" })], ["a"]],
  ["a caller of another name", [plan("a", { ann: "1" })], [plan("a", { bob: "1" })], ["a"]],
  ["a new flow", [], [plan("a", { ann: "1" })], []],
  ["a flow that is gone", [plan("a", { ann: "1" })], [], []],
  ["a flow that breaks", [plan("a", { ann: "1" })], [broken], []],
  ["one of two", [plan("a", {}), plan("b", {})], [plan("a", {}), plan("b", { x: "1" })], ["b"]],
];

for (const [title, before, after, names] of cases) {
  Deno.test(`rotatedFlows: ${title}`, async () => {
    assert.deepEqual(await rotatedFlows(before, after), names);
  });
}
