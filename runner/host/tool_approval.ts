/** A call of a tool that waits for the decision of the flow's caller. */
export interface PendingTool {
  /** Names it among those that wait with it. */
  ref: string;
  /** The tool's, as its definition has it. */
  name: string;
  input: unknown;
}

/** What a flow's caller says to a pending call of a tool. */
export type ToolDecision =
  /** Runs the tool. */
  | { ref: string; decision: "approve" }
  /** Tells the model that it was rejected. */
  | { ref: string; decision: "reject"; reason?: string }
  /** Gives the model an output; the tool is not run. */
  | { ref: string; decision: "respond"; output: unknown };

/** How a caller resumes an interrupted call. */
export interface Resumption {
  /** The token that came with the interruption. */
  token: string;
  decisions: ToolDecision[];
}

/** What a caller may resume an interrupted call with. */
export interface ResumeToken {
  /** Opaque. Whoever has it may go on with the call, so it belongs in no log. */
  token: string;
  /** In ISO 8601. */
  expiresAt: string;
}

/** An interrupted call that goes on, as a sandbox takes it. */
export interface Conversation {
  /** Genkit's MessageData; the last one is the model's, with the pending requests. */
  messages: unknown[];
  decisions: ToolDecision[];
}
