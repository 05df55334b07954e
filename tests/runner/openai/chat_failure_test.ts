import assert from "assert";
import { apiError } from "./chat_api_server.ts";
import { ask } from "./chat_flow.ts";

const provider = 'The provider "openai"';
const blocked = {
  status: "FAILED_PRECONDITION",
  message: 'The model of provider "openai" refused to answer (blocked)',
};
const soon = "Sat, 21 Nov 2026 12:00:00 GMT";
const later = "Sat, 21 Nov 2026 12:00:30 GMT";
const cases: Record<string, [() => Response, Record<string, unknown>]> = {
  "an unknown setting is named": [
    () =>
      apiError(400, { type: "invalid_request_error", code: "unknown_parameter", param: "top_k" }),
    { message: `${provider} refused the request (400, unknown_parameter at top_k)` },
  ],
  "a place in the messages is named": [
    () => apiError(400, { code: "invalid_image_url", param: "messages[0].content[1]" }),
    { message: /\(400, invalid_image_url at messages\[0\]\.content\[1\]\)$/ },
  ],
  "a type stands in for a code": [
    () => apiError(400, { type: "invalid_request_error", code: null }),
    { message: /\(400, invalid_request_error\)$/ },
  ],
  "a code or parameter that may be text of the prompt is not shown": [
    () => apiError(400, { code: "Greet Ann", type: "sk-Ann1", param: "tell Ann" }),
    { message: `${provider} refused the request (400)` },
  ],
  "nor is one that looks like a word of the API": [
    () => apiError(400, { code: "Greet_Ann", type: "Greet_Ann", param: "Ann" }),
    { message: `${provider} refused the request (400)` },
  ],
  "Azure's filter of prompts": [
    () =>
      apiError(400, {
        code: "content_filter",
        innererror: { code: "ResponsibleAIPolicyViolation" },
      }),
    blocked,
  ],
  "OpenAI's policy": [() => apiError(400, { code: "content_policy_violation" }), blocked],
  "Azure's missing deployment": [
    () => apiError(404, { code: "DeploymentNotFound" }),
    { status: "NOT_FOUND", message: /does not have the model \(404, DeploymentNotFound\)$/ },
  ],
  "a quota that is used up": [
    () => apiError(429, { code: "insufficient_quota" }),
    { status: "RESOURCE_EXHAUSTED", message: /\(429, insufficient_quota\)$/ },
  ],
  "Retry-After in milliseconds": [
    () => apiError(429, { headers: { "retry-after-ms": "1500", "retry-after": "9" } }),
    { retryAfter: 2 },
  ],
  "Retry-After as a date": [
    () => apiError(503, { headers: { "retry-after": later, date: soon } }),
    { status: "UNAVAILABLE", retryAfter: 30 },
  ],
  "a Retry-After that is neither": [
    () => apiError(429, { headers: { "retry-after": "soon" } }),
    { retryAfter: undefined },
  ],
  "an empty Retry-After": [
    () => apiError(429, { headers: { "retry-after": "" } }),
    { retryAfter: undefined },
  ],
  "Ollama's plain error": [
    () => Response.json({ error: 'model "Ann" not found' }, { status: 404 }),
    { status: "NOT_FOUND", message: `${provider} does not have the model (404)` },
  ],
  "vLLM's fields at the top": [
    () =>
      Response.json(
        { object: "error", message: "Ann", type: "BadRequestError", code: 400 },
        { status: 400 },
      ),
    { message: `${provider} refused the request (400, BadRequestError)` },
  ],
  "an error with 200": [
    () => Response.json({ error: { message: "Ann", code: 429 } }),
    { status: "RESOURCE_EXHAUSTED" },
  ],
  "a body that is too large": [
    () => apiError(413),
    { status: "INVALID_ARGUMENT", message: `${provider} refused the request (413)` },
  ],
  "a redirect, which is not followed": [
    () => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/Ann" } }),
    {
      status: "UNAVAILABLE",
      http: 502,
      message: `${provider} answered 307, a redirect, and none is followed`,
    },
  ],
};
for (const [name, [answer, expected]] of Object.entries(cases)) {
  Deno.test(`a server's failure: ${name}`, async () => {
    const call = ask(answer);
    await assert.rejects(call, expected);
    const { message } = await call.catch((error: Error) => error) as Error;
    assert.doesNotMatch(message, /sk-|Ann|http:|key /);
  });
}
