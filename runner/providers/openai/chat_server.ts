/** A server that speaks OpenAI's chat completions API, and what is its own about it. */
export interface ChatServer {
  /** The provider's type, e.g. `openai`; the prefix of its models. */
  provider: string;
  /** Gives the URL that answers for a model (or deployment). */
  url(model: string): string;
  /** The headers of each request, with the key. */
  headers: Readonly<Record<string, string>>;
  /**
   * The field that limits the tokens of an answer. OpenAI's reasoning models refuse `max_tokens`;
   * many other servers know nothing else.
   */
  maxTokens: "max_tokens" | "max_completion_tokens";
  /** Whether a streamed answer is asked for its tokens; servers that refuse this are rare. */
  streamUsage: boolean;
}
