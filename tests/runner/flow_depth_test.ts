import assert from "assert";
import type { FlowCall } from "../../runner/host/flow_handle.ts";
import { fakeFlow, fakeRoutes } from "./fake_flow.ts";
import { testApp } from "./test_app.ts";

/** Posts with a depth, and gives the answer and the depth that the flow was told. */
async function post(depth: string | undefined) {
  const calls: FlowCall[] = [];
  const flow = fakeFlow((call) => {
    calls.push(call);
    return { text: "hi" };
  });
  const headers: Record<string, string> = depth === undefined ? {} : { "x-genkitd-depth": depth };
  const response = await testApp(fakeRoutes({ flow })).post("/flow", {}, headers);
  return { status: response.status, body: await response.text(), depth: calls[0]?.depth };
}

for (
  const [sent, told] of [["8", 8], ["1", 1], [undefined, undefined], ["-1", undefined]] as const
) {
  Deno.test(`a call that says that it is ${sent} flows deep is run`, async () => {
    const { status, depth } = await post(sent);
    assert.equal(status, 200);
    assert.equal(depth, told);
  });
}

Deno.test("a call that is too many flows deep is refused", async () => {
  const { status, body, depth } = await post("9");
  assert.equal(status, 400);
  assert.equal(depth, undefined);
  const { error } = JSON.parse(body);
  assert.equal(error.status, "FAILED_PRECONDITION");
  assert.equal(
    error.message,
    'Cannot call the flow "flow": flows have called one another 9 times to get here, ' +
      "it should be 8 at most",
  );
});
