/** One request that a model got, whatever the provider's format. */
export interface ModelRequest {
  model: string;
  /** The credential, empty where there was none. */
  key: string;
  /** The text of all messages, in order, one a line. */
  text: string;
  /** The text of the last message of a user. */
  asked: string;
  temperature: number | undefined;
  tools: readonly OfferedTool[];
  /** What the tools gave, as text, since the last message of a user. */
  toolOutputs: readonly string[];
  streamed: boolean;
}

/** A tool that a model may ask for. */
export interface OfferedTool {
  name: string;
  description: string;
  /** As JSON. */
  schema: string;
}

/** What a model answers: a text, or a tool that it asks for. */
export type ModelAnswer = { text: string } | { tool: string; input: Record<string, unknown> };
