import assert from "assert";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { ann, bedrockFlow, CLAUDE, LLAMA, look, withBedrock } from "./bedrock_flow.ts";
import { BEARER, type BedrockAnswer, type BedrockRequest, CREDENTIALS } from "./bedrock_server.ts";
import { runningCall } from "./flow_definition.ts";

const says = (text: string): BedrockAnswer => ({ content: [{ text }] });

function streamed() {
  const chunks: { content: unknown[] }[] = [];
  const window = new StreamWindow((chunk) => chunks.push(chunk as { content: unknown[] }));
  return { chunks, running: { ...runningCall(), window } };
}

Deno.test("bedrock answers through Converse, signed for its region", () =>
  withBedrock(() => says("Hello, Ann!"), async (url, requests) => {
    const flow = await bedrockFlow(url);
    const usage = { inputTokens: 7, outputTokens: 3 };
    assert.deepEqual(await flow.call("main", ann, runningCall()), { text: "Hello, Ann!", usage });
    const [{ path, body, headers }] = requests as [BedrockRequest];
    assert.equal(path, `/model/${encodeURIComponent(CLAUDE)}/converse`);
    assert.deepEqual(body, { messages: [{ role: "user", content: [{ text: "Greet Ann" }] }] });
    assert.match(
      headers.authorization!,
      /^AWS4-\S+ Credential=AKIATHERIGHTKEYID\/\d{8}\/eu-west-1\/bedrock\//,
    );
  }));

Deno.test("bedrock takes a session's token, and a bearer token in place of keys", () =>
  withBedrock(() => says("Hi"), async (url, requests) => {
    const session = await bedrockFlow(url, {
      credentials: { ...CREDENTIALS, AWS_SESSION_TOKEN: "session" },
    });
    await session.call("main", ann, runningCall());
    assert.equal(requests[0]!.headers["x-amz-security-token"], "session");

    const bearer = await bedrockFlow(url, { credentials: { AWS_BEARER_TOKEN_BEDROCK: BEARER } });
    await bearer.call("main", ann, runningCall());
    assert.equal(requests[1]!.headers.authorization, `Bearer ${BEARER}`);
  }));

Deno.test("bedrock's model may be an ARN", () => {
  const model = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
  return withBedrock(() => says("Hi"), async (url, requests) => {
    const flow = await bedrockFlow(url, { model });
    await flow.call("main", ann, runningCall());
    assert.equal(requests[0]!.path, `/model/${encodeURIComponent(model)}/converse`);
  });
});

Deno.test("bedrock streams through ConverseStream", () =>
  withBedrock(() => says("Hello, Ann"), async (url, requests) => {
    const { chunks, running } = streamed();
    const flow = await bedrockFlow(url);
    const { text, usage } = await flow.call("main", ann, running);
    assert.equal(text, "Hello, Ann");
    assert.deepEqual(usage, { inputTokens: 7, outputTokens: 3 });
    const chunk = (text: string) => ({ role: "model", index: 0, content: [{ text }] });
    assert.deepEqual(chunks, [chunk("Hello"), chunk(", Ann")]);
    assert.equal(requests[0]!.stream, true);
  }));

for (const stream of [false, true]) {
  Deno.test(`bedrock calls tools side by side, and sums the tokens${stream ? ", streamed" : ""}`, () => {
    const call = (toolUseId: string, city: string) => ({
      toolUse: { toolUseId, name: "look_at_sky", input: { city } },
    });
    const answer = ({ path, body }: BedrockRequest): BedrockAnswer =>
      path === "/tool"
        ? Response.json(body.city === "Paris" ? { sky: "blue" } : "grey")
        : body.messages.length === 1
        ? {
          content: [{ text: "Let me see" }, call("1", "Paris"), call("2", "Rome")],
          stopReason: "tool_use",
        }
        : says("blue and grey");
    return withBedrock(answer, async (url, requests) => {
      const flow = await bedrockFlow(url, { tools: [look(`${url}/tool`, "look.at.sky")] });
      const { chunks, running: inStream } = streamed();
      const running = stream ? inStream : runningCall();
      assert.deepEqual(await flow.call("main", ann, running), {
        text: "blue and grey",
        usage: { inputTokens: 14, outputTokens: 6 },
      });
      const texts = chunks.flatMap(({ content }) => content as { text?: string }[])
        .flatMap(({ text }) => text ?? []);
      assert.deepEqual(texts, stream ? ["Let m", "e see", "blue an", "d grey"] : []);
      const [tool] = requests[0]!.body.toolConfig.tools;
      assert.equal(tool.toolSpec.name, "look_at_sky", "a name that Bedrock takes");
      assert.deepEqual(requests.at(-1)!.body.messages.slice(1), [
        {
          role: "assistant",
          content: [{ text: "Let me see" }, call("1", "Paris"), call("2", "Rome")],
        },
        {
          role: "user",
          content: [
            { toolResult: { toolUseId: "1", content: [{ json: { sky: "blue" } }] } },
            { toolResult: { toolUseId: "2", content: [{ text: "grey" }] } },
          ],
        },
      ]);
    });
  });
}

Deno.test("a model that can be made to call a tool answers in JSON by one", async (t) => {
  const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
  const answer = (): BedrockAnswer => ({
    content: [{ toolUse: { toolUseId: "1", name: "answer", input: { color: "red" } } }],
    stopReason: "tool_use",
  });
  for (const stream of [false, true]) {
    await t.step(
      stream ? "streamed" : "at once",
      () =>
        withBedrock(answer, async (url, requests) => {
          const { chunks, running } = streamed();
          const flow = await bedrockFlow(url, { source });
          const { output } = await flow.call(
            "main",
            { input: {} },
            stream ? running : runningCall(),
          );
          assert.deepEqual(output, { color: "red" });
          const { toolConfig, messages } = requests[0]!.body;
          assert.deepEqual(toolConfig.toolChoice, { tool: { name: "answer" } });
          assert.deepEqual(toolConfig.tools[0].toolSpec.inputSchema.json.required, ["color"]);
          assert.deepEqual(messages, [{ role: "user", content: [{ text: "A color" }] }]);
          const text = chunks.flatMap(({ content }) => content as { text: string }[])
            .map(({ text }) => text).join("");
          assert.equal(text, stream ? '{"color":"red"}' : "");
        }),
    );
  }
});

Deno.test("another model is asked for JSON in words", () => {
  const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
  return withBedrock(() => says('{"color": "red"}'), async (url, requests) => {
    const flow = await bedrockFlow(url, { source, model: LLAMA });
    const { output } = await flow.call("main", { input: {} }, runningCall());
    assert.deepEqual(output, { color: "red" });
    const { toolConfig, messages } = requests[0]!.body;
    assert.equal(toolConfig, undefined);
    assert.match(JSON.stringify(messages), /JSON.*color/);
  });
});
