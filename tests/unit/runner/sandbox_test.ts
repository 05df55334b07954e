import assert from "assert";
import type { FlowDefinition } from "../../../shared/contract/bundle.ts";
import { FlowError } from "../../../shared/flow_error.ts";
import { createLog } from "../../../shared/log.ts";
import { readLines } from "../../../runner/host/json_lines.ts";
import { Sandbox } from "../../../runner/host/sandbox.ts";
import type { SandboxOptions } from "../../../runner/host/sandbox_options.ts";
import type { FromSandbox, ToSandbox } from "../../../runner/host/sandbox_messages.ts";
import type { SandboxProcess } from "../../../runner/host/sandbox_process.ts";
import { ManualClock } from "../manual_clock.ts";

/** A process whose inside is the test. */
class FakeProcess implements SandboxProcess {
  #in = new TransformStream<Uint8Array, Uint8Array>();
  #out = new TransformStream<Uint8Array, Uint8Array>();
  #writer = this.#out.writable.getWriter();
  #ended = Promise.withResolvers<string>();
  #lines = readLines(this.#in.readable, 1e6);
  /** Resolves when the main process lets go of the input. */
  inputClosed = Promise.withResolvers<void>();
  stdin = this.#in.writable;
  stdout = this.#out.readable;
  ended = this.#ended.promise;
  killed = false;

  /** The next message of the main process. */
  async next<T extends ToSandbox["type"]>(type: T): Promise<Extract<ToSandbox, { type: T }>> {
    const { value } = await this.#lines.next();
    const message = JSON.parse(value!);
    assert.equal(message.type, type);
    return message;
  }

  say(message: FromSandbox): Promise<void> {
    return this.sayText(JSON.stringify(message));
  }

  sayText(line: string): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(line + "\n"));
  }

  end(reason: string): void {
    this.#lines.next().then(({ done }) => done && this.inputClosed.resolve(), () => {
      this.inputClosed.resolve();
    });
    this.#writer.close().catch(() => {});
    this.#ended.resolve(reason);
  }

  kill(): void {
    this.killed = true;
    this.end("it was ended by SIGKILL");
  }
}

const definition: FlowDefinition = {
  name: "greeter",
  entrypoint: "greeting",
  config: {},
  prompts: [],
  tools: [],
};

function setUp(options: Partial<SandboxOptions> = {}) {
  const clock = new ManualClock();
  const starts: FakeProcess[] = [];
  const waiting: ((process: FakeProcess) => void)[] = [];
  const logged: string[] = [];
  const sandbox = new Sandbox({
    clock,
    log: createLog({ write: (line) => logged.push(line) }),
    start() {
      const process = new FakeProcess();
      starts.push(process);
      waiting.shift()?.(process);
      return process;
    },
    ...options,
  });
  return {
    sandbox,
    clock,
    logged,
    starts,
    first: starts[0]!,
    nextStart: () => new Promise<FakeProcess>((resolve) => waiting.push(resolve)),
  };
}

async function loaded(options: Partial<SandboxOptions> = {}) {
  const set = setUp(options);
  const loading = set.sandbox.load(definition, { KEY: "k" });
  await set.first.say({ type: "ready" });
  const { flow } = await set.first.next("load");
  await set.first.say({
    type: "loaded",
    flow,
    prompts: [{ name: "greeting", output: "text" }],
    warnings: ["careful"],
  });
  return { ...set, flow, handle: await loading };
}

const call = { prompt: "greeting", input: { name: "Ann" } };
const never = new AbortController().signal;

/** Lets everything that is due happen. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

async function failure(promise: Promise<unknown>): Promise<FlowError> {
  const error = await promise.then(() => assert.fail("it did not fail"), (error) => error);
  assert.ok(error instanceof FlowError, String(error));
  return error;
}

Deno.test("Sandbox: a flow is loaded once the process is ready, with its credentials", async () => {
  const { sandbox, first } = setUp();
  const loading = sandbox.load(definition, { KEY: "k" });
  await first.say({ type: "ready" });
  const message = await first.next("load");
  assert.deepEqual(message.credentials, { KEY: "k" });
  await first.say({ type: "loaded", flow: message.flow, prompts: [], warnings: ["careful"] });
  assert.deepEqual((await loading).warnings, ["careful"]);
  await sandbox.close();
});

Deno.test("Sandbox: a refused flow is an error with the reason, and is forgotten", async () => {
  const { sandbox, first } = setUp();
  const loading = sandbox.load(definition, {});
  loading.catch(() => {});
  await first.say({ type: "ready" });
  const { flow } = await first.next("load");
  await first.say({ type: "refused", flow, reason: "because" });
  await assert.rejects(loading, /^Error: because$/);
  assert.equal(sandbox.size, 0);
  await sandbox.close();
});

Deno.test("Sandbox: a call gives its result", async () => {
  const { sandbox, first, handle, flow } = await loaded();
  const answer = handle.call({ ...call, signal: never });
  const message = await first.next("call");
  assert.deepEqual(message, { type: "call", call: 1, flow, ...call, stream: false });
  await first.say({ type: "result", call: 1, result: { text: "Hi" } });
  assert.deepEqual(await answer, { text: "Hi" });
  await sandbox.close();
});

Deno.test("Sandbox: an error keeps its status, HTTP status and Retry-After", async () => {
  const { sandbox, first, handle } = await loaded();
  const answer = failure(handle.call({ ...call, signal: never }));
  await first.next("call");
  const error = { status: "INTERNAL" as const, message: "bad output", http: 502, retryAfter: 3 };
  await first.say({ type: "error", call: 1, error });
  const { status, message, http, retryAfter } = await answer;
  assert.deepEqual({ status, message, http, retryAfter }, error);
  await sandbox.close();
});

Deno.test("Sandbox: the next chunk is asked for when the caller has taken the last", async () => {
  const { sandbox, first, handle } = await loaded();
  const taken = Promise.withResolvers<void>();
  const chunks: unknown[] = [];
  const answer = handle.call({
    ...call,
    signal: never,
    onChunk(chunk) {
      chunks.push(chunk);
      return taken.promise;
    },
  });
  assert.equal((await first.next("call")).stream, true);
  await first.say({ type: "chunk", call: 1, chunk: "a" });
  const credit = first.next("credit");
  let asked = false;
  credit.then(() => asked = true);
  await settled();
  assert.deepEqual([chunks, asked], [["a"], false]);
  taken.resolve();
  assert.equal((await credit).chunks, 1);
  await first.say({ type: "result", call: 1, result: { text: "a" } });
  await answer;
  await sandbox.close();
});

Deno.test("Sandbox: a cancelled call is cancelled inside as well", async () => {
  const { sandbox, first, handle } = await loaded();
  const controller = new AbortController();
  const answer = failure(handle.call({ ...call, signal: controller.signal }));
  await first.next("call");
  controller.abort();
  assert.equal((await first.next("cancel")).call, 1);
  assert.equal((await answer).status, "CANCELLED");
  assert.equal(
    (await failure(handle.call({ ...call, signal: controller.signal }))).status,
    "CANCELLED",
  );
  await sandbox.close();
});

Deno.test("Sandbox: more calls than it takes are turned away with 503", async () => {
  const { sandbox, handle } = await loaded({ maxCalls: 1 });
  const running = failure(handle.call({ ...call, signal: never }));
  const { status, http, retryAfter } = await failure(handle.call({ ...call, signal: never }));
  assert.deepEqual([status, http, retryAfter], ["UNAVAILABLE", 503, 1]);
  await sandbox.close();
  assert.equal((await running).status, "UNAVAILABLE");
});

Deno.test("Sandbox: a flow whose calls do not end leaves places to the others", async () => {
  const { sandbox, first, handle } = await loaded({ maxCalls: 4 });
  const loading = sandbox.load({ ...definition, name: "other" }, { KEY: "k" });
  const { flow } = await first.next("load");
  await first.say({ type: "loaded", flow, prompts: [], warnings: [] });
  const other = await loading;
  const endless = { ...call, signal: never };
  const running = [failure(handle.call(endless)), failure(handle.call(endless))];
  const { http, message } = await failure(handle.call(endless));
  assert.equal(http, 503);
  assert.match(message, /has 2 calls in flight, and takes no more of this flow/);
  running.push(failure(other.call(endless)));
  assert.deepEqual([handle.inFlight, other.inFlight], [2, 1]);
  await sandbox.close();
  await Promise.all(running);
  assert.deepEqual([handle.inFlight, other.inFlight], [0, 0]);
});

Deno.test("Sandbox: a death fails the calls in flight, and the flows come back", async () => {
  const { sandbox, first, handle, clock, nextStart, logged } = await loaded();
  const answer = failure(handle.call({ ...call, signal: never }));
  await first.next("call");
  const restarted = nextStart();
  first.end("it ran out of memory");
  const { status, message, retryAfter } = await answer;
  assert.deepEqual([status, retryAfter], ["UNAVAILABLE", 1]);
  assert.match(message, /ran out of memory/);
  assert.equal((await failure(handle.call({ ...call, signal: never }))).status, "UNAVAILABLE");
  clock.advance(0);
  const second = await restarted;
  await second.say({ type: "ready" });
  const { flow } = await second.next("load");
  const early = await failure(handle.call({ ...call, signal: never }));
  assert.equal(early.status, "UNAVAILABLE", "the process is there, and the flow is not yet");
  await second.say({ type: "loaded", flow, prompts: [], warnings: [] });
  await settled();
  const again = handle.call({ ...call, signal: never });
  const { call: id } = await second.next("call");
  await second.say({ type: "result", call: id, result: { text: "back" } });
  assert.equal((await again).text, "back");
  assert.match(logged.join(), /a sandbox has died/);
  await sandbox.close();
});

Deno.test("Sandbox: each death waits longer, and loads fail when starting does not help", async () => {
  const { sandbox, clock, starts } = setUp();
  const loading = sandbox.load(definition, {});
  loading.catch(() => {});
  for (const delay of [0, 500, 1000]) {
    const before = starts.length;
    starts.at(-1)!.end("it ended with exit code 1");
    await settled();
    if (delay > 0) {
      clock.advance(delay - 1);
      assert.equal(starts.length, before, `not before ${delay} ms`);
    }
    clock.advance(1);
    assert.equal(starts.length, before + 1);
  }
  await assert.rejects(loading, /its sandbox has died: it ended with exit code 1/);
  await sandbox.close();
});

Deno.test("Sandbox: a process that does not answer is ended", async () => {
  const { sandbox, first, handle, clock } = await loaded({ heartbeat: 100, missedHeartbeats: 3 });
  const answer = failure(handle.call({ ...call, signal: never }));
  for (let beat = 0; beat < 3; beat++) clock.advance(100);
  assert.equal(first.killed, false);
  clock.advance(100);
  assert.equal(first.killed, true);
  assert.match((await answer).message, /does not answer/);
  await sandbox.close();
});

Deno.test("Sandbox: a process that takes long to start has a minute, and is not taken for one that hangs", async () => {
  const { sandbox, first, clock, starts, nextStart } = setUp();
  const loading = sandbox.load(definition, {});
  clock.advance(59_999);
  assert.equal(first.killed, false);
  await first.say({ type: "ready" });
  const { flow } = await first.next("load");
  await first.say({ type: "loaded", flow, prompts: [], warnings: [] });
  await loading;
  clock.advance(1);
  assert.equal(first.killed, false, "its minute counts no longer");
  const again = nextStart();
  first.end("it ended with exit code 1");
  await settled();
  clock.advance(0);
  const second = await again;
  clock.advance(60_000);
  assert.equal(second.killed, true);
  await settled();
  clock.advance(500);
  assert.equal(starts.length, 3);
  await sandbox.close();
  assert.equal(clock.pending, 0);
});

Deno.test("Sandbox: a process that answers lives on, unless it uses too much memory", async () => {
  const { sandbox, first, clock } = await loaded({ heartbeat: 100, maxResidentBytes: 1000 });
  for (let beat = 0; beat < 20; beat++) {
    clock.advance(100);
    const { ping } = await first.next("ping");
    await first.say({ type: "pong", ping, residentBytes: 1000 });
    await settled();
  }
  assert.equal(first.killed, false);
  await first.say({ type: "pong", ping: 1, residentBytes: 1001 });
  await settled();
  assert.equal(first.killed, true);
  await sandbox.close();
});

for (
  const [what, line, killed] of [
    ["what is not JSON", "Hello", true],
    ["a line beyond all bounds", "x".repeat(64 * 1024 * 1024 + 1), true],
    ["an unknown call", '{"type":"result","call":99,"result":{"text":""}}', false],
    ["an unknown flow", '{"type":"loaded","flow":"99","prompts":[],"warnings":[]}', false],
    ["an unknown message", '{"type":"surprise"}', false],
  ] as const
) {
  Deno.test(`Sandbox: ${what} from the process ${killed ? "ends it" : "is passed over"}`, async () => {
    const { sandbox, first } = await loaded();
    first.sayText(line).catch(() => {});
    await settled();
    await settled();
    assert.equal(first.killed, killed);
    await sandbox.close();
  });
}

Deno.test("Sandbox: a flow is unloaded when its last call has ended", async () => {
  const { sandbox, first, handle } = await loaded();
  const answer = handle.call({ ...call, signal: never });
  await first.next("call");
  let unloaded = false;
  const unloading = handle.unload().then(() => unloaded = true);
  await settled();
  assert.equal(unloaded, false);
  await first.say({ type: "result", call: 1, result: { text: "Hi" } });
  await answer;
  await first.next("unload");
  await unloading;
  assert.equal(sandbox.size, 0);
  await sandbox.close();
});

Deno.test("Sandbox: tells what it uses, what it has loaded and how often it was started again", async () => {
  const { sandbox, first, clock, nextStart } = await loaded();
  assert.deepEqual(sandbox.state, {
    closed: false,
    residentBytes: 0,
    restarts: 0,
    flows: ["greeter"],
  });
  await clock.advance(1_000);
  await first.next("ping");
  await first.say({ type: "pong", ping: 1, residentBytes: 42 });
  await settled();
  assert.equal(sandbox.state.residentBytes, 42);
  const again = nextStart();
  first.end("it ran out of memory");
  await settled();
  await clock.advance(0);
  await again;
  assert.deepEqual(sandbox.state, { closed: false, residentBytes: 0, restarts: 1, flows: [] });
  await sandbox.close();
  assert.equal(sandbox.state.closed, true);
});

Deno.test("a process that has ended keeps no pipe open", async () => {
  const { sandbox, first, clock, nextStart } = await loaded();
  const next = nextStart();
  first.end("it ended with exit code 1");
  await first.inputClosed.promise;
  clock.advance(0);
  const second = await next;
  await sandbox.close();
  await second.inputClosed.promise;
});
