/** What PluginConfigs and Models say of the providers that speak OpenAI's API. */
import assert from "assert";
import { loadProvider } from "../../../runner/providers/load_provider.ts";
import { ask, CHAT_PROVIDERS } from "./chat_flow.ts";

const ok = () => ({ content: "ok" });
const [openai, compatible, azure, ollama] = CHAT_PROVIDERS;

Deno.test("openai sends its organization and project, and further headers", async () => {
  const extraConfig = {
    organization: "org-1",
    project: "proj-1",
    headers: { "X-Team": "a", Authorization: "Bearer other" },
  };
  const { requests: [request] } = await ask(ok, { provider: openai!, extraConfig });
  assert.equal(request!.headers["openai-organization"], "org-1");
  assert.equal(request!.headers["openai-project"], "proj-1");
  assert.equal(request!.headers["x-team"], "a");
  assert.equal(request!.headers.authorization, "Bearer sk-the-right-key");
});

Deno.test("openaicompatible and ollama send no key where there is none", async () => {
  for (const { type, extraConfig } of [compatible!, ollama!]) {
    const create = await loadProvider(type);
    create({ credentials: {}, extraConfig: extraConfig("http://127.0.0.1:1") });
  }
  // The mock asks for a key, so it refuses.
  const call = ask(ok, { provider: { ...compatible!, credentials: () => ({}) } });
  await assert.rejects(call, { status: "UNAUTHENTICATED" });
});

Deno.test("openaicompatible can be told the server's ways", async () => {
  const extraConfig = { maxTokensField: "max_completion_tokens", streamUsage: false };
  const config = { maxOutputTokens: 9 };
  const { requests } = await ask(ok, { provider: compatible!, extraConfig, config, stream: true });
  assert.equal(requests[0]!.body.max_completion_tokens, 9);
  assert.equal(requests[0]!.body.stream_options, undefined);
});

Deno.test("azureaifoundry sends its key in api-key", async () => {
  const { requests: [request] } = await ask(ok, { provider: azure! });
  assert.equal(request!.headers["api-key"], "sk-the-right-key");
  assert.equal(request!.headers.authorization, undefined);
});

Deno.test("azureaifoundry takes its endpoint from the Secret", async () => {
  let url = "";
  const provider = {
    ...azure!,
    extraConfig: (server: string) => {
      url = server;
      return { apiVersion: "v1" };
    },
    credentials: (key: string) => ({ AZURE_OPENAI_API_KEY: key, AZURE_OPENAI_ENDPOINT: `${url}/` }),
  };
  const { requests: [request] } = await ask(ok, { provider });
  assert.equal(request!.path, "/openai/v1/chat/completions");
  assert.equal(request!.body.model, "gpt-4o");
});

for (const path of ["/v1/", "/api", "/api/"]) {
  Deno.test(`ollama takes an address with ${path} as well`, async () => {
    const provider = { ...ollama!, extraConfig: (url: string) => ({ baseURL: `${url}${path}` }) };
    const { requests: [request] } = await ask(ok, { provider });
    assert.equal(request!.path, "/v1/chat/completions");
  });
}

Deno.test("a Model that cannot keep to a schema is told of it in words", async () => {
  const source = "---\noutput:\n  schema:\n    color: string\n---\nA color";
  const red = () => ({ content: '{"color": "red"}' });
  const info = { supports: { constrained: "none" } };
  const { requests, result } = await ask(red, { source, info, input: {} });
  assert.deepEqual(result.output, { color: "red" });
  const { response_format, messages } = requests[0]!.body;
  assert.equal(response_format, undefined);
  assert.match(JSON.stringify(messages), /color.*JSON|JSON.*color/i);
});

Deno.test("a schema that is not one of an object goes into words, as the API takes none", async () => {
  const source = "---\noutput:\n  format: json\n  schema:\n    type: array\n    items: " +
    "{type: string}\n---\nColors";
  const { requests, result } = await ask(() => ({ content: '["red"]' }), { source, input: {} });
  assert.deepEqual(result.output, ["red"]);
  assert.equal(requests[0]!.body.response_format, undefined);
  assert.match(JSON.stringify(requests[0]!.body.messages), /array/);
});

const refused: Record<string, [type: string, options: Record<string, unknown>, RegExp]> = {
  "openai without a key": ["openai", {}, /needs the credential OPENAI_API_KEY/],
  "azureaifoundry without a key": [
    "azureaifoundry",
    { extraConfig: { endpoint: "https://me.openai.azure.com" } },
    /needs the credential AZURE_OPENAI_API_KEY/,
  ],
  "azureaifoundry without an endpoint": [
    "azureaifoundry",
    { credentials: { AZURE_OPENAI_API_KEY: "k" } },
    /needs an endpoint: set extraConfig\.endpoint, or AZURE_OPENAI_ENDPOINT in its Secret/,
  ],
  "openaicompatible without a server": ["openaicompatible", {}, /needs extraConfig\.baseURL/],
  "a field of tokens that no server has": [
    "openaicompatible",
    { extraConfig: { baseURL: "https://a.example", maxTokensField: "tokens" } },
    /maxTokensField is "tokens", should be "max_tokens" or "max_completion_tokens"/,
  ],
  "headers that are none": [
    "openaicompatible",
    { extraConfig: { baseURL: "https://a.example", headers: { "x y": "secret\n" } } },
    /extraConfig\.headers has "x y", which is no header with a text/,
  ],
  "a key that no header may hold": [
    "openai",
    { credentials: { OPENAI_API_KEY: "sk-secret\nx" } },
    /the credential OPENAI_API_KEY has characters that no header may hold/,
  ],
};
for (const [name, [type, options, message]] of Object.entries(refused)) {
  Deno.test(`a flow is refused when it is loaded: ${name}`, async () => {
    const create = await loadProvider(type);
    const make = () => create({ credentials: {}, extraConfig: {}, ...options });
    assert.throws(make, (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
