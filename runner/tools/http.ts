import { FlowError } from "../../shared/flow_error.ts";

/** An HTTP endpoint that does a tool's work. */
export interface HttpTool {
  /** The tool's name, for messages. */
  name: string;
  url: string;
  /** `POST` where it is not given. */
  method?: string | null | undefined;
  /** Sent with each call; they may hold credentials. */
  headers?: Readonly<Record<string, string>>;
}

/**
 * Calls a tool's endpoint: the input is the JSON body, or for GET, HEAD and DELETE the query. Gives
 * the response's JSON, or its text where it is not JSON.
 *
 * @throws {FlowError} where the endpoint cannot be reached or does not answer with 2xx. Redirects
 * are not followed: the headers are meant for this host.
 */
export async function callHttpTool(
  { name, url, method, headers }: HttpTool,
  input: unknown,
  signal: AbortSignal,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<unknown> {
  const verb = (method || "POST").toUpperCase();
  const hasBody = verb === "POST" || verb === "PUT" || verb === "PATCH";
  let response: Response;
  let text: string;
  try {
    response = await fetch(hasBody ? url : withQuery(url, input), {
      method: verb,
      headers: {
        accept: "application/json, text/plain;q=0.9, */*;q=0.1",
        ...hasBody && { "content-type": "application/json" },
        ...headers,
      },
      ...hasBody && { body: JSON.stringify(input ?? {}) },
      redirect: "manual",
      signal,
    });
    text = await response.text();
  } catch (cause) {
    if (signal.aborted || cause instanceof FlowError) throw cause;
    throw failed(name, "its server could not be reached", cause);
  }
  if (!response.ok) throw failed(name, `its server answered ${response.status}`);
  if (!/[/+]json\b/.test(response.headers.get("content-type") ?? "")) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(name, "its server's answer is not the JSON that it says it is", cause);
  }
}

function failed(name: string, why: string, cause?: unknown): FlowError {
  return new FlowError("INTERNAL", `The tool "${name}" failed: ${why}`, { http: 502, cause });
}

/** The URL with the input's fields in its query; a list is sent as its items, an object as JSON. */
function withQuery(url: string, input: unknown): URL {
  const target = new URL(url);
  if (typeof input !== "object" || input === null) return target;
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) {
      target.searchParams.append(key, typeof item === "object" ? JSON.stringify(item) : `${item}`);
    }
  }
  return target;
}
