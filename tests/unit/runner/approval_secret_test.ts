import assert from "assert";
import { approvalSecret, checkApprovalKey } from "../../../runner/host/approval_secret.ts";
import { Approvals } from "../../../runner/host/approvals.ts";
import type { FlowPlan } from "../../../runner/host/flow_plan.ts";

const KEY = "sk-0123456789-0123456789";

function plan(more: Partial<FlowPlan> = {}): FlowPlan {
  const implementation = { http: { url: "https://tools.example" }, approval: "Required" };
  return {
    name: "shop",
    routes: new Map(),
    definition: {
      name: "shop",
      entrypoint: "main",
      config: {},
      prompts: [],
      tools: [{ definition: { name: "refund", description: "" }, implementation }],
    },
    credentials: { OPENAI_API_KEY: KEY },
    hosts: [],
    apiKeys: () => new Map(),
    ...more,
  };
}

Deno.test("the secret of interrupted calls follows credentials and tool headers, in any order", () => {
  const secret = approvalSecret(plan());
  assert.ok(secret?.includes(KEY));
  assert.notEqual(approvalSecret(plan({ credentials: { OPENAI_API_KEY: `${KEY}!` } })), secret);
  const headers = (entries: [string, string][]) =>
    approvalSecret(plan({ toolHeaders: { refund: Object.fromEntries(entries) } }));
  assert.notEqual(headers([["a", "1"]]), secret);
  assert.equal(headers([["a", "1"], ["b", "2"]]), headers([["b", "2"], ["a", "1"]]));
});

Deno.test("credentials that are weak, public or a workload's own are no secret", () => {
  const weak: Partial<FlowPlan>[] = [
    { credentials: {} },
    { credentials: { OPENAI_API_KEY: "sk-no-key-required" } },
    { credentials: { AWS_ACCESS_KEY_ID: KEY } },
    { credentials: { AZURE_OPENAI_ENDPOINT: "https://a.openai.azure.com" } },
    { passing: true },
  ];
  for (const more of weak) {
    assert.equal(approvalSecret(plan(more)), undefined, JSON.stringify(more));
  }
});

Deno.test("a flow with approvals and no secret is warned of, others are not", () => {
  const without = plan({ credentials: {} });
  assert.match(new Approvals().warning(without)!, /^its tool "refund" .* GENKITD_APPROVAL_KEY/);
  assert.equal(new Approvals({ secret: KEY }).warning(without), undefined);
  assert.equal(new Approvals().warning(plan()), undefined);
  const [tool] = without.definition.tools;
  const implementation = { ...tool!.implementation, approval: undefined };
  const definition = { ...without.definition, tools: [{ ...tool!, implementation }] };
  assert.equal(new Approvals().warning({ ...without, definition }), undefined);
});

Deno.test("GENKITD_APPROVAL_KEY has 32 characters or more, or is not set", () => {
  assert.equal(checkApprovalKey(undefined), undefined);
  assert.equal(checkApprovalKey(""), undefined);
  assert.equal(checkApprovalKey("x".repeat(32)), "x".repeat(32));
  assert.throws(() => checkApprovalKey("short-secret"), {
    message: "Cannot start: GENKITD_APPROVAL_KEY has 12 characters, it should have 32 or more",
  });
});
