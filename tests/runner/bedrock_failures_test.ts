import assert from "assert";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { ann, bedrockFlow, look, withBedrock } from "./bedrock_flow.ts";
import {
  BEARER,
  type BedrockAnswer,
  bedrockError,
  type BedrockRequest,
  bedrockServer,
  converseEvents,
  CREDENTIALS,
  eventStream,
} from "./bedrock_server.ts";
import { eventMessage, exceptionMessage } from "./event_stream_message.ts";
import { flowDefinition, runningCall } from "./flow_definition.ts";
import { loadFlow } from "../../runner/sandbox/flow.ts";

const provider = 'The provider "bedrock"';
const leak = /AKIA|the-right|bedrock-api-key|Ann|Something|http:|\.ts/;

type Failure = [answer: () => Response, expected: Record<string, unknown>];

const answers: Record<string, Failure> = {
  "400": [() => bedrockError(400, "ValidationException"), {
    status: "INVALID_ARGUMENT",
    message: `${provider} refused the request (400, ValidationException)`,
  }],
  "400 of a quota": [() => bedrockError(400, "ServiceQuotaExceededException"), {
    status: "RESOURCE_EXHAUSTED",
  }],
  "401": [() => bedrockError(401, "NotAuthorizedException"), { status: "UNAUTHENTICATED" }],
  "403": [() => bedrockError(403, "AccessDeniedException"), {
    status: "PERMISSION_DENIED",
    message: `${provider} does not permit this to the flow's credentials ` +
      "(403, AccessDeniedException)",
  }],
  "403 of a token that is too old": [() => bedrockError(403, "ExpiredTokenException"), {
    status: "UNAUTHENTICATED",
    message: `${provider} did not accept the flow's credentials (403, ExpiredTokenException)`,
  }],
  "404": [() => bedrockError(404, "ResourceNotFoundException"), {
    status: "NOT_FOUND",
    message: `${provider} does not have the model (404, ResourceNotFoundException)`,
  }],
  "408": [() => bedrockError(408, "ModelTimeoutException"), { status: "DEADLINE_EXCEEDED" }],
  "424": [() => bedrockError(424, "ModelErrorException"), {
    status: "INTERNAL",
    http: 502,
    message: `${provider} failed within its model (424, ModelErrorException)`,
  }],
  "429": [() => bedrockError(429, "ThrottlingException", { "retry-after": "7" }), {
    status: "RESOURCE_EXHAUSTED",
    retryAfter: 7,
    message: `${provider} has had too many requests (429, ThrottlingException)`,
  }],
  "429 until a day": [
    () =>
      bedrockError(429, "ThrottlingException", { "retry-after": "Fri, 01 Jan 1999 00:00:00 GMT" }),
    { status: "RESOURCE_EXHAUSTED", retryAfter: 0 },
  ],
  "429 of a cold model": [() => bedrockError(429, "ModelNotReadyException"), {
    status: "UNAVAILABLE",
  }],
  "500": [() => bedrockError(500, "InternalServerException"), { status: "INTERNAL", http: 500 }],
  "503": [() => bedrockError(503, "ServiceUnavailableException"), {
    status: "UNAVAILABLE",
    http: 503,
  }],
  "502 of a proxy": [() => new Response("<html>Greet Ann</html>", { status: 502 }), {
    status: "UNAVAILABLE",
  }],
  "520 of a proxy": [() => new Response("<html>Greet Ann</html>", { status: 520 }), {
    status: "UNAVAILABLE",
  }],
  "524 of a proxy": [() => new Response("<html>Greet Ann</html>", { status: 524 }), {
    status: "DEADLINE_EXCEEDED",
  }],
  "a redirect": [
    () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } }),
    { status: "UNAVAILABLE" },
  ],
};

Deno.test("bedrock's failure reaches the caller with its status and no key, prompt or stack", async (t) => {
  for (const [name, [answer, expected]] of Object.entries(answers)) {
    for (const stream of [false, true]) {
      await t.step(`${name}${stream ? ", streamed" : ""}`, () => fails(answer, stream, expected));
    }
  }
});

Deno.test("an answer of bedrock that cannot be read is a fault of the provider", async (t) => {
  const cases: Record<string, () => Response> = {
    "no JSON": () => new Response("hello Ann"),
    "half a JSON": () => new Response('{"output": {"mess'),
    "no message": () => Response.json({ output: {}, stopReason: "end_turn" }),
    "null": () => new Response("null"),
  };
  for (const [name, answer] of Object.entries(cases)) {
    await t.step(name, () => fails(answer, false, { status: "INTERNAL", http: 502 }));
  }
  await t.step(
    "no event stream",
    () =>
      fails(() => new Response("hello, this is no event stream at all"), true, {
        message: /broke off its answer|cannot be read/,
      }),
  );
});

Deno.test("an exception in bedrock's stream is the call's failure", async (t) => {
  const cases: Record<string, [type: string, expected: Record<string, unknown>]> = {
    throttling: ["throttlingException", {
      status: "RESOURCE_EXHAUSTED",
      message: `${provider} has had too many requests (ThrottlingException)`,
    }],
    validation: ["validationException", { status: "INVALID_ARGUMENT" }],
    internal: ["internalServerException", { status: "INTERNAL", http: 500 }],
    unavailable: ["serviceUnavailableException", { status: "UNAVAILABLE" }],
    "the model": ["modelStreamErrorException", {
      status: "INTERNAL",
      http: 502,
      message: `${provider} failed within its model (ModelStreamErrorException)`,
    }],
    "one that is not known": ["newException", { status: "INTERNAL", http: 502 }],
  };
  for (const [name, [type, expected]] of Object.entries(cases)) {
    const message = `Something about ${BEARER} and Greet Ann`;
    const answer = () =>
      eventStream([
        ...converseEvents({ content: [{ text: "Hello" }] }).slice(0, 3),
        exceptionMessage(type, { message }),
      ]);
    await t.step(name, () => fails(answer, true, expected));
  }
});

Deno.test("a stream of bedrock that ends too early is UNAVAILABLE, and no partial answer", async (t) => {
  const events = converseEvents({ content: [{ text: "Hello" }] });
  const expected = { status: "UNAVAILABLE", message: `${provider} broke off its answer` };
  await t.step(
    "between two events",
    () => fails(() => eventStream(events.slice(0, 3)), true, expected),
  );
  await t.step(
    "within an event",
    () =>
      fails(() => eventStream([...events.slice(0, 3), events[3]!.slice(0, 20)]), true, expected),
  );
  await t.step("with its connection", async () => {
    const arrived = Promise.withResolvers<void>();
    const broken = () => {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          for (const event of events.slice(0, 3)) controller.enqueue(event);
        },
        async pull(controller) {
          await arrived.promise;
          controller.error(new Error("broken off"));
        },
      });
      return new Response(body, {
        headers: { "content-type": "application/vnd.amazon.eventstream" },
      });
    };
    await withBedrock(broken, async (url) => {
      const window = new StreamWindow(() => arrived.resolve());
      const flow = await bedrockFlow(url);
      await assert.rejects(flow.call("main", ann, { ...runningCall(), window }), expected);
    });
  });
  await t.step("with a byte that is wrong", () => {
    const bad = events[2]!.slice();
    bad[bad.length - 6]! ^= 1;
    return fails(() => eventStream([...events.slice(0, 2), bad]), true, {
      status: "INTERNAL",
      http: 502,
    });
  });
});

Deno.test("cancelling a call ends bedrock's request", async (t) => {
  for (const stalls of ["before its answer", "in its stream"]) {
    await t.step(`that stalls ${stalls}`, async () => {
      const body = () =>
        new ReadableStream<Uint8Array>({
          start: (controller) =>
            controller.enqueue(eventMessage("messageStart", { role: "assistant" })),
        });
      const answer = () =>
        stalls === "in its stream" ? new Response(body()) : new Promise<Response>(() => {});
      await using server = await bedrockServer(answer);
      const flow = await bedrockFlow(server.url);
      const controller = new AbortController();
      const window = new StreamWindow(() => {});
      const next = server.nextRequest();
      const call = flow.call("main", ann, { ...runningCall(controller.signal), window });
      const { signal } = await next;
      const gone = new Promise((resolve) => signal.addEventListener("abort", resolve));
      controller.abort();
      await assert.rejects(call, { status: "CANCELLED" });
      await gone;
    });
  }
});

Deno.test("bedrock's reasons for the end of an answer", async (t) => {
  const cut = { content: [{ text: "Hello, A" }], stopReason: "max_tokens" };
  const blocked = { content: [{ text: "No." }], stopReason: "guardrail_intervened" };
  await t.step(
    "an answer that was cut is given as it is",
    () =>
      withBedrock(() => cut, async (url) => {
        const flow = await bedrockFlow(url);
        assert.equal((await flow.call("main", ann, runningCall())).text, "Hello, A");
      }),
  );
  for (const stopReason of ["guardrail_intervened", "content_filtered"]) {
    await t.step(
      `${stopReason} is FAILED_PRECONDITION`,
      () =>
        withBedrock(() => ({ ...blocked, stopReason }), async (url) => {
          const flow = await bedrockFlow(url);
          await assert.rejects(flow.call("main", ann, runningCall()), {
            status: "FAILED_PRECONDITION",
            message: 'The model of provider "bedrock" refused to answer (blocked)',
          });
        }),
    );
  }
});

const cutCalls = {
  tool_use: "called a tool with an input that is not JSON",
  max_tokens: "came to its limit of tokens while it asked for a tool",
};
for (const [stopReason, why] of Object.entries(cutCalls)) {
  Deno.test(`bedrock's tool call whose input is cut is a fault of the provider: ${stopReason}`, () => {
    const [start, open, delta, , , stop, ...rest] = converseEvents({
      content: [{ toolUse: { toolUseId: "1", name: "look", input: { city: "Paris" } } }],
      stopReason,
    });
    const answer = () => eventStream([start!, open!, delta!, stop!, ...rest]);
    return fails(answer, true, {
      status: "INTERNAL",
      http: 502,
      message: `The model of provider "bedrock" ${why}`,
    }, [look("http://127.0.0.1:1/")]);
  });
}

Deno.test("bedrock's JSON that a limit of tokens cut is told as that", async (t) => {
  const events = converseEvents({
    content: [{ toolUse: { toolUseId: "1", name: "answer", input: { color: "red", size: 12 } } }],
    stopReason: "max_tokens",
  });
  // The start, the block's, and the first of three pieces of its input.
  const cut = () => eventStream([...events.slice(0, 3), ...events.slice(5)]);
  const whole = (): BedrockAnswer => ({
    content: [{ toolUse: { toolUseId: "1", name: "answer", input: { color: "red" } } }],
    stopReason: "max_tokens",
  });
  const source = "---\noutput:\n  schema:\n    color: string\n    size: integer\n---\nA color";
  for (const stream of [false, true]) {
    await t.step(
      stream ? "streamed" : "at once",
      () =>
        withBedrock(stream ? cut : whole, async (url) => {
          const flow = await bedrockFlow(url, { source });
          const window = stream ? { window: new StreamWindow(() => {}) } : {};
          await assert.rejects(flow.call("main", { input: {} }, { ...runningCall(), ...window }), {
            http: 502,
            message:
              'The model of provider "bedrock" ran out of tokens before its JSON was complete',
          });
        }),
    );
  }
});

Deno.test("wrong keys are named by their provider, not shown", async (t) => {
  const wrong: Record<string, Record<string, string>> = {
    "a wrong secret": { ...CREDENTIALS, AWS_SECRET_ACCESS_KEY: "AKIA-wrong" },
    "a wrong bearer token": { AWS_BEARER_TOKEN_BEDROCK: "bedrock-api-key-wrong" },
  };
  for (const [name, credentials] of Object.entries(wrong)) {
    await t.step(name, () =>
      withBedrock(() => ({ content: [] }), async (url) => {
        const flow = await bedrockFlow(url, { credentials });
        await assert.rejects(flow.call("main", ann, runningCall()), {
          status: "UNAUTHENTICATED",
          message: `${provider} did not accept the flow's credentials ` +
            "(403, UnrecognizedClientException)",
        });
      }));
  }
});

Deno.test("a bedrock that cannot be reached is UNAVAILABLE", async () => {
  const url = await withBedrock(() => ({ content: [] }), (url) => Promise.resolve(url));
  const flow = await bedrockFlow(url);
  await assert.rejects(flow.call("main", ann, runningCall()), {
    status: "UNAVAILABLE",
    message: `${provider} could not be reached`,
  });
});

Deno.test("a bedrock flow without credentials, or with half of them, is refused when it is loaded", async () => {
  const definition = flowDefinition({ main: "Hi" }, {
    config: { plugin: { type: "bedrock" }, defaultModel: { provider: "bedrock", model: "m" } },
  });
  const few: Record<string, string>[] = [{}, { AWS_ACCESS_KEY_ID: "AKIA" }];
  for (const credentials of few) {
    await assert.rejects(
      loadFlow({ definition, credentials }),
      /needs the credentials AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_BEARER_TOKEN_/,
    );
  }
});

async function fails(
  answer: (request: BedrockRequest) => BedrockAnswer,
  stream: boolean,
  expected: Record<string, unknown>,
  tools: unknown[] = [],
): Promise<void> {
  await withBedrock(answer, async (url, requests) => {
    const flow = await bedrockFlow(url, { tools });
    const window = stream ? { window: new StreamWindow(() => {}) } : {};
    const call = flow.call("main", ann, { ...runningCall(), ...window });
    await assert.rejects(call, expected);
    const { message } = await call.catch((error: Error) => error) as Error;
    assert.doesNotMatch(message, leak);
    assert.equal(requests.length, 1, "nobody but the runner tries again");
  });
}
