import { ApiError } from "./api_error.ts";
import type { WatchEvent } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

/** A line longer than this is no object: etcd takes 1.5 MiB, and JSON may be twice that. */
const MAX_LINE = 8 * 1024 * 1024;

/**
 * Reads the events of a watch's answer, a line of JSON each. A last line without its end is left: the
 * server died while it wrote, and tells it again when the watch goes on.
 *
 * @throws {ApiError} for an ERROR event (410 when the version is too old), and for a line that is no
 * event: what it said is lost, so that going on after it would be wrong.
 */
export async function* readWatch(
  body: ReadableStream<Uint8Array>,
  action: string,
): AsyncGenerator<WatchEvent> {
  const decoder: ReadableWritablePair<string, Uint8Array> = new TextDecoderStream();
  let rest = "";
  for await (const text of body.pipeThrough(decoder)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (line.trim() !== "") yield event(line, action);
    if (rest.length > MAX_LINE) throw badLine(action, "has no end");
  }
}

function event(line: string, action: string): WatchEvent {
  let parsed: { type?: string; object?: KubernetesObject & Partial<Status> } | null;
  try {
    parsed = JSON.parse(line);
  } catch {
    // The parser's own words quote the line, which may hold a Secret's annotations.
    throw badLine(action, "is no JSON");
  }
  const { type, object } = parsed ?? {};
  if (type === "ERROR") {
    const { code = 0, reason, message = "" } = object ?? {};
    const shown = [code, reason].filter(Boolean).join(" ");
    throw new ApiError(`Cannot ${action}: ${shown}: ${message}`, { status: code, reason });
  }
  const resourceVersion = object?.metadata?.resourceVersion;
  if (type === "BOOKMARK" && resourceVersion) return { type, resourceVersion };
  if ((type === "ADDED" || type === "MODIFIED" || type === "DELETED") && object?.metadata?.name) {
    return { type, object };
  }
  throw badLine(action, "is no event");
}

interface Status {
  code: number;
  reason: string;
  message: string;
}

function badLine(action: string, what: string): ApiError {
  return new ApiError(`Cannot ${action}: a line ${what}`, { status: 0, reason: "BadLine" });
}
