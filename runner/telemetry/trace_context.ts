import type { TraceContext } from "../host/sandbox_messages.ts";
import type { SpanContext } from "./open_telemetry.ts";

/** `version-traceid-parentid-flags` of W3C Trace Context, level 1; later versions may have more. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The longest `tracestate` that is passed on: the standard asks for at least 512. */
const MAX_STATE = 512;

/** Gives the trace that a request belongs to; undefined where it says none that can be read. */
export function readTraceContext(headers: Headers): TraceContext | undefined {
  const traceparent = headers.get("traceparent")?.trim();
  if (traceparent === undefined || parseTraceparent(traceparent) === undefined) return undefined;
  const state = headers.get("tracestate")?.trim() ?? "";
  // What cannot be kept as it is must be left out: https://www.w3.org/TR/trace-context/#tracestate
  const keep = state !== "" && state.length <= MAX_STATE && /^[\x20-\x7e]+$/.test(state);
  return { traceparent: traceparent.slice(0, 55), ...keep && { tracestate: state } };
}

/** Reads a `traceparent`; undefined where it is none. */
export function parseTraceparent(text: string): SpanContext | undefined {
  const match = TRACEPARENT.exec(text);
  if (match === null || (text.startsWith("00") && match[4] !== undefined)) return undefined;
  const [, traceId, spanId, flags] = match;
  return { traceId: traceId!, spanId: spanId!, traceFlags: parseInt(flags!, 16), isRemote: true };
}

/** Gives the `traceparent` that says: below this span. */
export function traceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & 1).toString(16).padStart(2, "0")}`;
}
