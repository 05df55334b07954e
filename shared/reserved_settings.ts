/**
 * Settings with which a prompt's author could send the operator's key elsewhere or replace it:
 * Genkit's plugins honour them in the config of a prompt.
 */
export const OPERATORS_OWN: readonly string[] = [
  "apiKey",
  "apiClient",
  "apiVersion",
  "baseUrl",
  "baseURL",
  "customHeaders",
  "location",
];

/** What a flow decides, by its prompt, tools, output and caller, in the API of OpenAI. */
export const OPENAI_FLOWS_OWN: ReadonlySet<string> = new Set([
  "function_call",
  "functions",
  "messages",
  "model",
  "n",
  "response_format",
  "stream",
  "stream_options",
  "tool_choice",
  "tools",
]);

/** The same in the API of Anthropic, with what would change how its answer is read. */
export const ANTHROPIC_FLOWS_OWN: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "system",
  "tools",
  "stream",
  "mcp_servers",
  "container",
]);
