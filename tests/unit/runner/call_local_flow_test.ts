import assert from "assert";
import { callLocalFlow, type LocalCallOptions } from "../../../runner/host/call_local_flow.ts";
import type { FlowCall, Route } from "../../../runner/host/flow_handle.ts";
import type { FlowDefinition } from "../../../shared/contract/bundle.ts";
import type { Step } from "../../../runner/host/step.ts";
import { FlowError } from "../../../shared/flow_error.ts";

/** A flow whose tools are the flows `targets`; those with an address are on another server. */
function definition(name: string, targets: Record<string, string | undefined>): FlowDefinition {
  return {
    name,
    entrypoint: "main",
    config: {},
    prompts: [],
    tools: Object.entries(targets).map(([flow, url]) => ({
      definition: { name: flow, description: "" },
      implementation: { flowRef: { name: flow, ...url !== undefined && { url } } },
    })),
  };
}

const signal = new AbortController().signal;

/** Runs `weather` for `greeter`, with what is changed. */
function run(
  change: Partial<Omit<LocalCallOptions, "call">> & { call?: Partial<FlowCall>; target?: string } =
    {},
  output: "text" | "json" = "text",
) {
  const calls: FlowCall[] = [];
  const counted: string[] = [];
  const weather: Route = {
    flow: "weather",
    prompt: "main",
    handle: {
      prompts: new Map([["main", { name: "main", output }]]),
      call: (call) => {
        calls.push(call);
        return Promise.resolve({ text: '{"sky":"blue"}', output: { sky: "blue" } });
      },
    },
  };
  const { call, target = "weather", ...options } = change;
  const answer = callLocalFlow(target, { city: "Paris" }, {
    routes: {
      routes: new Map<string, Route>([["weather", weather], ["down", {
        flow: "down",
        failed: "x",
      }]]),
      flows: [],
    },
    from: {
      name: "greeter",
      definition: definition("greeter", {
        weather: undefined,
        down: undefined,
        gone: undefined,
        greeter: undefined,
        far: "http://far/",
      }),
    },
    call: { prompt: "main", input: {}, signal, ...call },
    asksCaller: () => false,
    count: (flow, _, run) => {
      counted.push(flow);
      return run();
    },
    ...options,
  });
  return { answer, calls, counted };
}

Deno.test("a flow is run as another's tool: for its caller, counted, and not longer than its call", async () => {
  const timeLeft = () => 5;
  const { answer, calls, counted } = run({
    call: { auth: { sub: "ann" }, depth: 2, chain: ["first"], timeLeft, hurried: true },
  });
  assert.equal(await answer, '{"sky":"blue"}');
  assert.deepEqual(calls, [{
    prompt: "main",
    input: { city: "Paris" },
    signal,
    auth: { sub: "ann" },
    timeLeft,
    hurried: true,
    depth: 3,
    chain: ["first", "greeter"],
  }]);
  assert.deepEqual(counted, ["weather"]);
  assert.deepEqual(await run({}, "json").answer, { sky: "blue" });
});

Deno.test("a flow that is run as a tool counts its own steps, and tells them to the outer call", async () => {
  const counted: Step[] = [];
  const told: [Step, string | undefined][] = [];
  const step: Step = { kind: "tool", tool: "look", start: 0, ms: 1 };
  const { answer, calls } = run({
    call: { onStep: (step, flow) => told.push([step, flow]) },
    count: (_flow, _signal, run) => run((step) => counted.push(step)),
  });
  await answer;
  calls[0]!.onStep!(step);
  calls[0]!.onStep!(step, "sky");
  assert.deepEqual(counted, [step], "those of a third flow are that flow's");
  assert.deepEqual(told, [[step, "weather"], [step, "sky"]]);
});

const refusals: [
  what: string,
  change: Parameters<typeof run>[0],
  expected: Record<string, unknown>,
][] = [
  ["that none of its tools names", { target: "secret" }, { status: "PERMISSION_DENIED" }],
  ["that its tool names on another server", { target: "far" }, { status: "PERMISSION_DENIED" }],
  ["that is itself", { target: "greeter" }, {
    status: "FAILED_PRECONDITION",
    message: "It is already running for this call (greeter → greeter)",
  }],
  ["that runs for this call already", { call: { chain: ["weather", "other"] } }, {
    status: "FAILED_PRECONDITION",
    message: "It is already running for this call (weather → other → greeter → weather)",
  }],
  ["too deep", { call: { depth: 8 } }, {
    status: "FAILED_PRECONDITION",
    message: "Flows have called one another 8 times to get here, which is the most",
  }],
  ["that is not there", { target: "gone" }, { status: "NOT_FOUND" }],
  ["that cannot be served", { target: "down" }, { status: "UNAVAILABLE" }],
  ["that asks for a caller, where there is none", { asksCaller: () => true }, {
    status: "UNAUTHENTICATED",
  }],
  ["whose limits are reached", {
    count: () => Promise.reject(new FlowError("UNAVAILABLE", "too many")),
  }, { status: "UNAVAILABLE", message: "too many" }],
];
for (const [what, change, expected] of refusals) {
  Deno.test(`a flow cannot call a flow ${what}`, async () => {
    const { answer, calls } = run(change);
    await assert.rejects(answer, expected);
    assert.equal(calls.length, 0);
  });
}

Deno.test("a flow that asks for a caller gets the one of the call", async () => {
  const { answer } = run({ asksCaller: () => true, call: { auth: { sub: "ann" } } });
  assert.equal(await answer, '{"sky":"blue"}');
});
