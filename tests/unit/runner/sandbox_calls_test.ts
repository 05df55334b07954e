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
    traced: true,
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
  assert.equal(message.traced, true);
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

Deno.test("a sandbox is told what was recorded, for calls that go on and have a recording", async () => {
  const sent: ToSandbox[] = [];
  const noted: unknown[] = [];
  const calls = new SandboxCalls((message) => sent.push(message));
  const missing = new FlowError("FAILED_PRECONDITION", "not there", { http: 424 });
  const recording = {
    recall: (asked: unknown) => {
      if (asked === "missing") throw missing;
      return asked === "known" ? { output: 1 } : undefined;
    },
    note: (asked: unknown, answer: unknown) => {
      if (asked === "bogus") throw missing;
      noted.push([asked, answer]);
    },
  };
  const { signal } = new AbortController();
  const answer = calls.start("1", { prompt: "p", input: {}, signal, recording });
  calls.start("1", { prompt: "p", input: {}, signal }).catch(() => {});
  assert.deepEqual(sent.splice(0).map((message) => "recording" in message), [true, false]);
  const say = (type: "recall" | "note", call: number, asked: string) =>
    calls.ask({ type, call, request: 7, asked, answer: { output: 2 } } as never);
  await say("recall", 1, "known");
  await say("recall", 1, "new");
  await say("recall", 1, "missing");
  await say("note", 1, "new");
  await say("note", 1, "bogus");
  await say("recall", 2, "known");
  await say("note", 2, "new");
  calls.result(1, { text: "" });
  await answer;
  await say("recall", 1, "known");
  const { status, message, http } = missing;
  assert.deepEqual(sent, [
    { type: "recalled", request: 7, answer: { output: 1 } },
    { type: "recalled", request: 7 },
    { type: "recalled", request: 7, error: { status, message, http } },
  ]);
  assert.deepEqual(noted, [["new", { output: 2 }]]);
  calls.fail(missing);
});

Deno.test("a call carries the time that it has left", () => {
  const sent: ToSandbox[] = [];
  const calls = new SandboxCalls((message) => sent.push(message));
  const { signal } = new AbortController();
  calls.start("1", { prompt: "main", input: {}, signal, timeLeft: () => 1500 });
  assert.equal(sent[0]?.type === "call" && sent[0].timeLeft, 1500);
});

Deno.test("a sandbox is told of a call that ran out of the flow's time, not of its caller's", async () => {
  const cancelOf = async (status: "DEADLINE_EXCEEDED" | "CANCELLED", hurried: boolean) => {
    const sent: ToSandbox[] = [];
    const calls = new SandboxCalls((message) => sent.push(message));
    const controller = new AbortController();
    const { signal } = controller;
    const answer = calls.start("1", { prompt: "main", input: {}, signal, hurried });
    controller.abort(new FlowError(status, ""));
    await assert.rejects(answer, { status: "CANCELLED" });
    return sent[1];
  };
  assert.deepEqual(await cancelOf("DEADLINE_EXCEEDED", false), {
    type: "cancel",
    call: 1,
    timedOut: true,
  });
  assert.deepEqual(await cancelOf("DEADLINE_EXCEEDED", true), { type: "cancel", call: 1 });
  assert.deepEqual(await cancelOf("CANCELLED", false), { type: "cancel", call: 1 });
});
