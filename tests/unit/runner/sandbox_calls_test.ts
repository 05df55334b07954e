import assert from "assert";
import { SandboxCalls } from "../../../runner/host/sandbox_calls.ts";
import type { ToSandbox } from "../../../runner/host/sandbox_messages.ts";
import type { Step } from "../../../runner/host/step.ts";
import { FlowError } from "../../../shared/flow_error.ts";

const step = { kind: "tool", tool: "look", start: 1_700_000_000_000, ms: 5 };

function started(signal = new AbortController().signal) {
  const sent: ToSandbox[] = [];
  const steps: Step[] = [];
  const calls = new SandboxCalls((message) => sent.push(message));
  const answer = calls.start("1", {
    prompt: "main",
    input: {},
    signal,
    trace: { traceparent: "00-a-b-01" },
    recordContent: true,
    onStep: (step) => steps.push(step),
  });
  answer.catch(() => {});
  return { calls, sent, steps, answer };
}

const tools = (steps: readonly Step[]) => steps.map((step) => step.kind === "tool" && step.tool);

Deno.test("a call carries its trace, and whether content is recorded", () => {
  const [message] = started().sent;
  assert.ok(message?.type === "call");
  assert.deepEqual(message.trace, { traceparent: "00-a-b-01" });
  assert.equal(message.recordContent, true);
});

Deno.test("a caller hears of the steps of its own call, as far as they can be read", async () => {
  const { calls, steps, answer } = started();
  calls.step(1, step);
  calls.step(2, { ...step, tool: "another's" });
  calls.step(1, { kind: "model" });
  calls.step(1, null);
  assert.deepEqual(tools(steps), ["look"]);
  calls.result(1, { text: "done" });
  await answer;
  calls.step(1, { ...step, tool: "too late" });
  assert.deepEqual(tools(steps), ["look"]);
});

Deno.test("the steps of a cancelled call are told until the sandbox has ended it", async () => {
  const controller = new AbortController();
  const { calls, steps, answer } = started(controller.signal);
  controller.abort();
  await assert.rejects(answer, { status: "CANCELLED" });
  calls.step(1, step);
  calls.error(1, { status: "CANCELLED", message: "The call was cancelled" });
  calls.step(1, { ...step, tool: "too late" });
  assert.deepEqual(tools(steps), ["look"]);
});

Deno.test("nobody waits for the steps of a sandbox that has died", async () => {
  const controller = new AbortController();
  const { calls, steps, answer } = started(controller.signal);
  controller.abort();
  await assert.rejects(answer);
  calls.fail(new FlowError("UNAVAILABLE", "it died"));
  calls.step(1, step);
  assert.deepEqual(steps, []);
});
