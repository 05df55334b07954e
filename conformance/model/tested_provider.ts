/** A provider that the mock model can stand in for, or echo, which is inside of a runner. */
export interface TestedProvider {
  /** As in a PluginConfig's `type`. */
  type: "googleai" | "openai" | "openaicompatible" | "echo";
  /** The credential that the provider reads. */
  key: string;
  /** The default model of the flows, and one that only a prompt names. */
  models: readonly [usual: string, other: string];
  /** What follows the mock's address in `extraConfig.baseURL`. */
  basePath: string;
}

/** Every provider that can be chosen. */
export const TESTED_PROVIDERS: readonly TestedProvider[] = [
  {
    type: "googleai",
    key: "GEMINI_API_KEY",
    models: ["gemini-2.5-flash", "gemini-2.5-pro"],
    basePath: "",
  },
  {
    type: "openai",
    key: "OPENAI_API_KEY",
    models: ["gpt-4o-mini", "gpt-4o"],
    basePath: "/v1",
  },
  {
    type: "openaicompatible",
    key: "OPENAI_API_KEY",
    models: ["small", "large"],
    basePath: "/v1",
  },
  { type: "echo", key: "ECHO_API_KEY", models: ["echo", "echo"], basePath: "" },
];
