import assert from "assert";
import {
  estimateTokens,
  requestBytes,
  utf8Bytes,
} from "../../../../runner/sandbox/token_estimate.ts";

Deno.test("four bytes are a token, and a part of one is one", () => {
  assert.deepEqual([0, 1, 4, 5].map(estimateTokens), [0, 1, 1, 2]);
});

Deno.test("a text's bytes are those of UTF-8", () => {
  for (const text of ["", "Hello", "Grüezi", "こんにちは", "👋🏽"]) {
    assert.equal(utf8Bytes(text), new TextEncoder().encode(text).length, text);
  }
});

Deno.test("a request's bytes are those of its texts, tools and schemas, without media", () => {
  const look = { name: "look", input: { at: "Paris" } };
  const schema = { type: "object" };
  const tool = { name: "look", description: "Looks", inputSchema: schema };
  const bytes = requestBytes({
    messages: [
      { role: "system", content: [{ text: "Be kind" }] },
      {
        role: "user",
        content: [{ text: "Hi" }, { media: { url: `data:image/png;base64,${"A".repeat(9_000)}` } }],
      },
      { role: "model", content: [{ reasoning: "Hm" }, { toolRequest: look }] },
    ],
    tools: [tool],
    output: { schema },
  });
  const json = [look, tool, schema].map((value) => JSON.stringify(value)).join("");
  assert.equal(bytes, "Be kindHiHm".length + json.length);
});
