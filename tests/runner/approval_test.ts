/** Tools that need approval: HTTP → host → real sandboxes → a mock of OpenAI's API. */
import assert from "assert";
import { approvalServer, asks, type Interrupted, PLANTED, toolOutputs } from "./approval_server.ts";

Deno.test("a call that needs approval runs nothing, and says what is pending", async () => {
  await using server = await approvalServer();
  const { post } = await server.start();
  const response = await post({ name: "Ann" });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("x-genkitd-interrupted"), "true");
  const { resume, expiresAt, ...rest } = await response.json() as Interrupted;
  assert.deepEqual(rest, {
    interrupted: true,
    pending: [{ ref: "1", name: "refund", input: { order: 7 } }],
  });
  assert.match(resume, /^genkitd1\.[\w-]+$/);
  assert.ok(Date.parse(expiresAt) > Date.now());
  assert.deepEqual(server.ran, []);
});

Deno.test("an approved tool runs, and the model goes on with its output", async () => {
  await using server = await approvalServer();
  const { post, interrupt } = await server.start();
  const { resume } = await interrupt();
  const response = await post({ resume, decisions: [{ ref: "1", decision: "approve" }] });
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("x-genkitd-interrupted"), null);
  assert.equal(await response.text(), "done /refund");
  assert.deepEqual(server.ran, [{ path: "/refund", input: { order: 7 } }]);
  const { messages } = server.model.requests.at(-1)!.body;
  assert.deepEqual(messages.map(({ role }: { role: string }) => role), [
    "user",
    "assistant",
    "tool",
  ]);
  assert.equal(messages[0].content, `${PLANTED} Ann`);
  assert.equal(messages[2].tool_call_id, "call_0");
});

Deno.test("a rejected tool does not run, and the model sees the reason", async () => {
  await using server = await approvalServer();
  const { post, interrupt } = await server.start();
  const { resume } = await interrupt();
  const decisions = [{ ref: "1", decision: "reject", reason: "too much" }];
  assert.deepEqual(await (await post({ resume, decisions })).json(), {
    error: { message: "The call of the tool was rejected: too much" },
  });
  assert.deepEqual(server.ran, []);
});

Deno.test("a caller gives the output itself", async () => {
  await using server = await approvalServer();
  const { post, interrupt } = await server.start();
  const { resume } = await interrupt();
  const decisions = [{ ref: "1", decision: "respond", output: { paid: 12 } }];
  assert.deepEqual(await (await post({ resume, decisions })).json(), { paid: 12 });
  assert.deepEqual(server.ran, []);
});

Deno.test("calls of one turn are decided one by one; those that need no approval have run", async () => {
  const ask = asks(
    ["refund", { order: 1 }],
    ["look", { order: 2 }],
    ["refund", { order: 3 }],
    ["nothing", { order: 4 }],
  );
  await using server = await approvalServer({ ask });
  const { post, interrupt } = await server.start();
  const { resume, pending } = await interrupt();
  assert.deepEqual(pending, [
    { ref: "1", name: "refund", input: { order: 1 } },
    { ref: "3", name: "refund", input: { order: 3 } },
  ]);
  assert.deepEqual(server.ran.map(({ path }) => path).sort(), ["/look", "/nothing"]);
  const decisions = [{ ref: "3", decision: "approve" }, { ref: "1", decision: "reject" }];
  await (await post({ resume, decisions })).text();
  assert.deepEqual(toolOutputs(server.model.requests.at(-1)!), [
    '{"error":{"message":"The call of the tool was rejected"}}',
    "done /look",
    "done /refund",
    "null",
  ]);
  assert.deepEqual(server.ran.slice(2), [{ path: "/refund", input: { order: 3 } }]);
});

Deno.test("a model that asks again interrupts again, with all that was said before", async () => {
  let turn = 0;
  await using server = await approvalServer({
    ask: () => ++turn <= 2 ? asks(["refund", { order: turn }]) : { content: "both done" },
  });
  const { post, interrupt } = await server.start();
  const first = await interrupt();
  const decisions = [{ ref: "1", decision: "approve" }];
  const second: Interrupted = await (await post({ resume: first.resume, decisions })).json();
  assert.deepEqual(second.pending, [{ ref: "1", name: "refund", input: { order: 2 } }]);
  assert.notEqual(second.resume, first.resume);
  assert.equal(await (await post({ resume: second.resume, decisions })).text(), "both done");
  assert.deepEqual(server.ran.map(({ input }) => input), [{ order: 1 }, { order: 2 }]);
  assert.equal(server.model.requests.at(-1)!.body.messages.length, 5);
});

Deno.test("Genkit's protocol and streams say it in their own form", async () => {
  await using server = await approvalServer({
    ask: { content: "One moment.", ...asks(["refund", { order: 7 }]) },
  });
  const { post } = await server.start();
  const whole = await post({ data: { name: "Ann" } });
  assert.equal(whole.headers.get("x-genkitd-interrupted"), "true");
  const { result, interrupted } = await whole.json();
  assert.equal(interrupted, true);
  assert.equal(result.text, "One moment.");

  const data = { resume: result.resume, decisions: [{ ref: "1", decision: "approve" }] };
  assert.deepEqual(await (await post({ data })).json(), { result: "done /refund" });

  const frames = async (body: unknown) =>
    (await (await post(body, { query: "?stream=true" })).text()).trim().split("\n\n")
      .map((frame) => JSON.parse(frame.slice("data: ".length)));
  const streamed = await frames({ data: { name: "Ann" } });
  assert.equal(streamed.slice(0, -1).map(({ message }) => message).join(""), "One moment.");
  const last = streamed.at(-1);
  assert.equal(last.interrupted, true);
  assert.deepEqual(last.result.pending, result.pending);
  const resumed = await frames({ ...data, resume: last.result.resume });
  assert.deepEqual(resumed.at(-1), { result: "done /refund" });
});

Deno.test("a JSON prompt that is interrupted has no output yet", async () => {
  await using server = await approvalServer({
    source: "---\noutput: { schema: { paid: boolean } }\n---\nHi",
    ask: (request) =>
      toolOutputs(request).length > 0
        ? { content: '{"paid": true}' }
        : asks(["refund", { order: 7 }]),
  });
  const { post, interrupt } = await server.start();
  const { resume, interrupted } = await interrupt();
  assert.equal(interrupted, true);
  const response = await post({ resume, decisions: [{ ref: "1", decision: "approve" }] });
  assert.deepEqual(await response.json(), { paid: true });
});

Deno.test("an input that does not fit is the tool's failure, and nobody is asked", async () => {
  await using server = await approvalServer({ ask: asks(["refund", { order: "seven" }]) });
  const { post } = await server.start();
  const response = await post({ name: "Ann" });
  assert.equal(response.status, 502);
  assert.match((await response.json()).error.message, /^The tool "refund" was called with/);
});

Deno.test("a flow that another one calls has nobody to ask", async () => {
  await using server = await approvalServer({
    more: (shop) => {
      const definition = { name: "refund", description: "Asks the shop" };
      const implementation = { flowRef: { name: "shop" } };
      return [{ ...shop, name: "desk", tools: [{ definition, implementation }] }];
    },
  });
  const { post } = await server.start();
  const response = await post({}, { flow: "desk" });
  assert.equal(response.status, 502);
  assert.equal(
    (await response.json()).error.message,
    'The tool "refund" failed: the flow "shop" failed: The tool "refund" failed: it needs an ' +
      "approval, and a flow that is called as a tool has nobody to ask",
  );
  assert.deepEqual(server.ran, []);
});

Deno.test("a flow's cache keeps neither an interruption nor what came of it", async () => {
  await using server = await approvalServer({ cache: { ttlSeconds: 60 } });
  const { post, interrupt } = await server.start();
  const [one, two] = [await interrupt(), await interrupt()];
  assert.notEqual(one.resume, two.resume);
  for (const { resume } of [one, two]) {
    const response = await post({ resume, decisions: [{ ref: "1", decision: "approve" }] });
    assert.equal(response.headers.get("x-genkitd-cache"), null);
  }
  assert.equal(server.ran.length, 2);
  const decisions = [{ ref: "1", decision: "respond", output: "again" }];
  const asked = server.model.requests.length;
  for (let i = 0; i < 2; i++) await (await post({ resume: one.resume, decisions })).text();
  assert.equal(server.model.requests.length, asked + 2);
});

Deno.test("a run by a schedule whose tool waits for approval has failed: nobody is there to ask", async () => {
  await using server = await approvalServer({ cache: { ttlSeconds: 60 } });
  const { runScheduled, interrupt } = await server.start();
  const message = 'Cannot run the flow "shop" by its schedule: the call of "refund" waits for ' +
    "approval, and nobody is there to give it; a tool of a scheduled flow should need none";
  assert.deepEqual(await runScheduled(), { status: "FAILED_PRECONDITION", message });
  assert.deepEqual(server.ran, []);
  const { status, error } = server.lines.find(({ message }) => message === "request")!;
  assert.deepEqual([status, error], [400, "FAILED_PRECONDITION"]);
  assert.equal((await interrupt()).interrupted, true, "a caller is asked");
});
