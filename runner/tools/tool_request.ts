import type { HttpTool } from "./http.ts";
import { ToolFailure } from "./tool_failure.ts";
import { expandUrl } from "./url_template.ts";

/** A request of a tool's call. */
export interface ToolRequest {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body?: string;
}

/**
 * Makes the request of a tool's call.
 *
 * @param verb The method, in capitals.
 * @throws {ToolFailure} where the input does not fit into the tool's URL.
 */
export function toolRequest(
  { name, url: template, headers }: HttpTool,
  verb: string,
  input: unknown,
): ToolRequest {
  let expanded: ReturnType<typeof expandUrl>;
  try {
    expanded = expandUrl(template, input ?? {});
  } catch (error) {
    throw new ToolFailure(name, (error as Error).message);
  }
  const { url, rest } = expanded;
  const accept = "application/json, text/plain;q=0.9, */*;q=0.1";
  if (verb === "GET" || verb === "HEAD" || verb === "DELETE") {
    addQuery(url, rest);
    return { url, method: verb, headers: { accept, ...headers } };
  }
  return {
    url,
    method: verb,
    headers: { accept, "content-type": "application/json", ...headers },
    body: JSON.stringify(rest),
  };
}

/** Adds the input's fields to the query; a list is sent as its items, an object as JSON. */
function addQuery(url: URL, input: unknown): void {
  if (typeof input !== "object" || input === null) return;
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      query.append(key, typeof item === "object" ? JSON.stringify(item) : `${item}`);
    }
  }
  // What stands there already stays as its author wrote it.
  url.search = [url.search.slice(1), query.toString()].filter((part) => part !== "").join("&");
}
