/**
 * Sandboxes, supervised as in a runner, whose program has been taken over: whatever it does with its
 * memory, its time and its output, its calls get 503, others are answered, and it comes back.
 */
import assert from "assert";
import { Sandbox } from "../../runner/host/sandbox.ts";
import { startSandbox } from "../../runner/host/sandbox_process.ts";
import type { FlowDefinition } from "../../shared/contract/bundle.ts";
import { FlowError } from "../../shared/flow_error.ts";
import { createLog } from "../../shared/log.ts";

const program = new URL("../fixtures/hostile_flow.js", import.meta.url).pathname;
const DEEDS = [
  "spins for ever",
  "spins in a regular expression",
  "fills its heap",
  "fills memory beside its heap",
  "fills memory of WebAssembly",
  "starts workers without end",
  "floods its output",
  "says what is not JSON",
  "answers nothing more",
  "ends itself",
  "throws",
];

/** @param missedHeartbeats After so many tenths of a second without an answer it is ended. */
async function load(missedHeartbeats: number, lines: string[] = []) {
  const sandbox = new Sandbox({
    start: () => startSandbox({ hosts: [], heapMegabytes: 64 }, program),
    log: createLog({ write: (line) => lines.push(line) }),
    heartbeat: 100,
    missedHeartbeats,
    maxResidentBytes: 400 * 1024 * 1024,
  });
  const definition: FlowDefinition = {
    name: "flow",
    entrypoint: "hello",
    config: {},
    prompts: [],
    tools: [],
  };
  const flow = await sandbox.load(definition, {});
  const signal = new AbortController().signal;
  const call = (prompt: string) => flow.call({ prompt, input: {}, signal });
  return { sandbox, call, [Symbol.asyncDispose]: () => sandbox.close() };
}

Deno.test("a sandbox that is taken over harms itself alone", async (t) => {
  // It shares the machine with the other one's deeds, and is not to be taken for one that hangs.
  await using other = await load(600);
  for (const deed of DEEDS) {
    await t.step(deed, async () => {
      const lines: string[] = [];
      await using hostile = await load(20, lines);
      const restarts = hostile.sandbox.state.restarts;
      let over = false;
      const failed = hostile.call(deed).then(() => assert.fail("it was answered"), (error) => error)
        .finally(() => over = true);
      let answered = 0;
      while (!over || answered === 0) {
        assert.equal((await other.call("hello")).text, "hello");
        answered++;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const error = await failed;
      assert.ok(error instanceof FlowError, String(error));
      assert.equal(error.http, 503);
      assert.doesNotMatch(error.message + lines.join(), /of somebody|xxx/);
      // It has been started again by itself.
      for (;;) {
        const again = await hostile.call("hello").catch(() => undefined);
        if (again?.text === "hello") break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assert.ok(hostile.sandbox.state.restarts > restarts);
    });
  }
});
