/**
 * OpenTelemetry's names of providers (`gen_ai.provider.name`, its well-known values in
 * open-telemetry/semantic-conventions-genai).
 */
const NAMES: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  azureaifoundry: "azure.ai.openai",
  bedrock: "aws.bedrock",
  googleai: "gcp.gemini",
  openai: "openai",
  vertexai: "gcp.vertex_ai",
};

/** Says how OpenTelemetry names a provider; one that it does not know has its own name. */
export function providerName(type: string): string {
  return Object.hasOwn(NAMES, type) ? NAMES[type]! : type;
}
