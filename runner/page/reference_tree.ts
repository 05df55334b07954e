/** What a flow refers to, and what that refers to. */
export interface ReferenceNode {
  /** `Flow`, `Model`, `PluginConfig`, `Secret`, `Key`, `Prompt`, `Tool`, `HTTP` or `MCP`. */
  kind: string;
  /** Never a value. */
  name: string;
  /** More of it in a few words. */
  detail?: string;
  /** How it stands, e.g. `missing`. */
  state?: string;
  children?: ReferenceNode[];
}

/** The scheme, host and port of a URL: its path and query may hold what is nobody's business. */
export function originOf(url: string): string {
  return URL.parse(url)?.origin ?? "";
}
