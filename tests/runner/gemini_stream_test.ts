import assert from "assert";
import { flowDefinition } from "./flow_definition.ts";
import { event, geminiServer, KEY } from "./gemini_server.ts";
import { eventStream, inPieces } from "./provider_server.ts";
import { startSandboxDriver } from "./sandbox_driver.ts";

const overloaded = (code: number, status: string) =>
  JSON.stringify({ error: { code, status, message: `Something about ${KEY}` } });

/** What Gemini, or a proxy before it, streams; and what the call's answer is. */
const cases: [what: string, events: string[], text: string | [status: string, words: RegExp]][] = [
  ["comments between events", [
    ": open\n\n",
    event([{ text: "Hel" }]),
    ":\r\n\r\n",
    event([{ text: "lo é" }], true),
  ], "Hello é"],
  ["other fields and no space", [
    "event: message\nid: 1\n" + event([{ text: "Hello" }], true).replace("data: ", "data:"),
  ], "Hello"],
  ["no blank line at the end", [event([{ text: "Hello" }], true).trimEnd()], "Hello"],
  ["an error in place of the first event", [
    `data: ${overloaded(503, "UNAVAILABLE")}\n\n`,
  ], ["UNAVAILABLE", /is not available \(503, UNAVAILABLE\)/]],
  ["an error after the first event", [
    event([{ text: "Hel" }]),
    `data: ${overloaded(429, "RESOURCE_EXHAUSTED")}\n\n`,
    ": that was it\n\n",
  ], ["RESOURCE_EXHAUSTED", /\(429, RESOURCE_EXHAUSTED\)/]],
  ["an error that is no event", [
    event([{ text: "Hel" }]),
    overloaded(503, "UNAVAILABLE"),
  ], ["UNAVAILABLE", /is not available \(503, UNAVAILABLE\)/]],
  ["an event that is cut off", [
    event([{ text: "Hel" }]),
    event([{ text: "lo" }], true).slice(0, 30),
  ], ["UNAVAILABLE", /broke off its answer/]],
  ["nothing at all", [], ["UNAVAILABLE", /broke off its answer/]],
];

for (const [what, events, expected] of cases) {
  Deno.test(`a stream of Gemini's with ${what}`, async () => {
    await using server = await geminiServer(() => inPieces(eventStream(...events), 7));
    await using sandbox = await startSandboxDriver([server.host]);
    const definition = flowDefinition({ main: "Hi" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL: server.url } },
        defaultModel: { provider: "googleai", model: "gemini-2.5-flash" },
      },
    });
    const credentials = { GEMINI_API_KEY: KEY };
    await sandbox.load({ flow: "1", definition, credentials });
    const answer = await sandbox.call({
      call: 1,
      flow: "1",
      prompt: "main",
      input: {},
      stream: true,
    });
    if (typeof expected === "string") {
      assert.ok(answer.type === "result", JSON.stringify(answer));
      return assert.equal(answer.result.text, expected);
    }
    assert.ok(answer.type === "error", JSON.stringify(answer));
    assert.equal(answer.error.status, expected[0]);
    assert.match(answer.error.message, expected[1]);
    assert.ok(!answer.error.message.includes(KEY));
  });
}
