import { runningCall } from "./running_call.ts";

/**
 * Wraps a `fetch` so that requests carry the trace of the call that they work for; one that carries
 * a trace of its own keeps it. A turn of a model learns where it is asked.
 */
export function tracedFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const { trace, turn } = runningCall.getStore() ?? {};
    turn?.ask(input instanceof Request ? input.url : String(input));
    if (trace === undefined) return fetch(input, init);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
    if (headers.has("traceparent")) return fetch(input, init);
    headers.set("traceparent", trace.traceparent);
    if (trace.tracestate !== undefined) headers.set("tracestate", trace.tracestate);
    return fetch(input, { ...init, headers });
  };
}
