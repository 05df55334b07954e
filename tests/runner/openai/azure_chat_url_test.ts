import assert from "assert";
import { AZURE_API_VERSION, azureChatUrl } from "../../../runner/providers/azure_chat_url.ts";

const resource = "https://me.openai.azure.com";
const foundry = "https://me.services.ai.azure.com";
const byDeployment = `${resource}/openai/deployments/gpt-4o/chat/completions`;

const cases: [endpoint: string, version: string | undefined, url: string][] = [
  [resource, undefined, `${byDeployment}?api-version=${AZURE_API_VERSION}`],
  [`${resource}/`, "2024-10-21", `${byDeployment}?api-version=2024-10-21`],
  [`${resource}/openai`, "2024-10-21", `${byDeployment}?api-version=2024-10-21`],
  [`${resource}/openai/deployments/`, "2024-10-21", `${byDeployment}?api-version=2024-10-21`],
  [`${resource}/openai/deployments/gpt-4o`, "2024-10-21", `${byDeployment}?api-version=2024-10-21`],
  [byDeployment, "2024-10-21", `${byDeployment}?api-version=2024-10-21`],
  [
    "https://proxy.example/azure",
    "2024-10-21",
    "https://proxy.example/azure/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
  ],
  [resource, "v1", `${resource}/openai/v1/chat/completions`],
  [resource, "preview", `${resource}/openai/v1/chat/completions?api-version=preview`],
  [`${resource}/openai/v1/`, undefined, `${resource}/openai/v1/chat/completions`],
  [`${resource}/openai/v1`, "2024-10-21", `${resource}/openai/v1/chat/completions`],
  [foundry, undefined, `${foundry}/openai/v1/chat/completions`],
  [
    foundry,
    "2024-10-21",
    `${foundry}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21`,
  ],
  [`${foundry}/openai/v1/chat/completions`, undefined, `${foundry}/openai/v1/chat/completions`],
  [
    `${foundry}/api/projects/p/openai/v1`,
    undefined,
    `${foundry}/api/projects/p/openai/v1/chat/completions`,
  ],
  [`${foundry}/api/projects/p`, undefined, `${foundry}/api/projects/p/openai/v1/chat/completions`],
  [
    `${foundry}/models`,
    undefined,
    `${foundry}/models/chat/completions?api-version=2024-05-01-preview`,
  ],
];
for (const [endpoint, version, url] of cases) {
  Deno.test(`Azure's ${endpoint} with the version ${version}`, () => {
    assert.equal(azureChatUrl(new URL(endpoint), version).url("gpt-4o"), url);
  });
}

Deno.test("a deployment's name cannot leave its place in the URL", () => {
  const { url } = azureChatUrl(new URL(resource), "2024-10-21");
  assert.match(
    url("../../x?y"),
    /\/deployments\/\.\.%2F\.\.%2Fx%3Fy\/chat\/completions\?api-version/,
  );
});

Deno.test("only the model inference API takes max_tokens", () => {
  assert.equal(azureChatUrl(new URL(`${foundry}/models`)).maxTokens, "max_tokens");
  assert.equal(azureChatUrl(new URL(foundry)).maxTokens, "max_completion_tokens");
  assert.equal(azureChatUrl(new URL(resource)).maxTokens, "max_completion_tokens");
});
