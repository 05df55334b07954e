import { ApiError } from "./api_error.ts";
import type { WatchEvent } from "./client.ts";
import type { KubernetesObject } from "./object.ts";

/** A line longer than this is no object: etcd takes 1.5 MiB, and JSON may be twice that. */
const MAX_LINE = 8 * 1024 * 1024;

/**
 * Reads the events of a watch's answer, a line of JSON each.
 *
 * @throws {ApiError} for an ERROR event (410 when the version is too old), and for a line that is no
 * event: what it said is lost, so that going on after it would be wrong.
 */
export async function* readWatch(
  response: Response,
  action: string,
): AsyncGenerator<WatchEvent> {
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    if (rest.length > MAX_LINE) {
      throw new ApiError(`Cannot ${action}: a line has no end`, {
        status: 0,
        reason: "BadLine",
      });
    }
    for (const line of lines) if (line.trim() !== "") yield event(line, action);
  }
}

function event(line: string, action: string): WatchEvent {
  let parsed: { type?: string; object?: KubernetesObject & { code?: number; message?: string } };
  try {
    parsed = JSON.parse(line);
  } catch (cause) {
    throw new ApiError(`Cannot ${action}: a line is no JSON`, {
      status: 0,
      reason: "BadLine",
      cause,
    });
  }
  const { type, object } = parsed ?? {};
  if (type === "ERROR") {
    const { code = 0, reason, message = "" } = object as { code?: number; reason?: string } & {
      message?: string;
    };
    throw new ApiError(`Cannot ${action}: ${code} ${message}`, { status: code, reason });
  }
  const resourceVersion = object?.metadata?.resourceVersion;
  if (type === "BOOKMARK" && resourceVersion) return { type, resourceVersion };
  if ((type === "ADDED" || type === "MODIFIED" || type === "DELETED") && object?.metadata) {
    return { type, object };
  }
  throw new ApiError(`Cannot ${action}: a line is no event`, { status: 0, reason: "BadLine" });
}
