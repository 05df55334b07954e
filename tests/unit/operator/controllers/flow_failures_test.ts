import assert from "assert";
import { flowFailures } from "../../../../operator/controllers/flow_failures.ts";
import type { ResolveProblem } from "../../../../shared/flows/resolve_problem.ts";

const owner = { kind: "FlowSet", metadata: { name: "set" } } as const;
const problem = (kind: string, name: string, failure: ResolveProblem["failure"]) => ({
  object: { kind, namespace: "demo", name },
  path: ["spec", "content"],
  message: "is bad",
  failure,
});
const unresolved = (...problems: ReturnType<typeof problem>[]) => [{ name: "f", problems }];

const cases = [
  ["its own fault waits for an edit", problem("FlowSet", "set", "invalid"), "invalid InvalidSpec"],
  [
    "another object's fault may be mended there",
    problem("Prompt", "p", "invalid"),
    "blocked InvalidDependency",
  ],
  [
    "what does not fit its kind may be mended",
    problem("FlowSet", "set", "invalidDependency"),
    "blocked InvalidDependency",
  ],
  ["what is missing may appear", problem("FlowSet", "set", "blocked"), "blocked MissingDependency"],
] as const;

for (const [name, fault, expected] of cases) {
  Deno.test(`flow failures: ${name}`, () => {
    const [failure] = flowFailures(owner, unresolved(fault), 0);
    assert.equal(`${failure!.failure} ${failure!.reason}`, expected);
    assert.match(failure!.message, /^\w+ "\w+": spec\.content: is bad$/);
  });
}

Deno.test("flow failures: while other flows are well, a bad one stalls nothing", () => {
  const [failure] = flowFailures(owner, unresolved(problem("FlowSet", "set", "invalid")), 1);
  assert.deepEqual(failure, {
    failure: "blocked",
    reason: "FlowsNotReady",
    message: 'flow "f" cannot be served: FlowSet "set": spec.content: is bad',
  });
});
