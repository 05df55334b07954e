/** An id of a JSON-RPC request. */
export type RpcId = string | number;

/** What a server sends: an answer, or a request or notification of its own. */
export type RpcMessage =
  | { type: "result"; id: RpcId; result: unknown }
  | { type: "error"; id: RpcId | undefined; code: number; message: string }
  | { type: "request"; id: RpcId; method: string }
  | { type: "notification"; method: string };

/**
 * Reads JSON-RPC 2.0 messages (https://www.jsonrpc.org/specification): one, or a batch, which MCP of
 * 2025-03-26 allows. What is none of them is left out.
 *
 * @throws {SyntaxError} where the text is not JSON.
 */
export function readRpcMessages(text: string): RpcMessage[] {
  const value: unknown = JSON.parse(text);
  return (Array.isArray(value) ? value : [value]).flatMap((one) => readMessage(one) ?? []);
}

function readMessage(value: unknown): RpcMessage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { id, method, error } = value as Record<string, unknown>;
  const known = typeof id === "string" || typeof id === "number" ? id : undefined;
  if (typeof method === "string") {
    return known === undefined
      ? { type: "notification", method }
      : { type: "request", id: known, method };
  }
  if (typeof error === "object" && error !== null) {
    const { code, message } = error as Record<string, unknown>;
    return { type: "error", id: known, code: Number(code), message: String(message ?? "") };
  }
  if (known === undefined || !("result" in value)) return undefined;
  return { type: "result", id: known, result: value.result };
}
