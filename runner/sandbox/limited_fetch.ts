import { FlowError } from "../../shared/flow_error.ts";
import { runningCall } from "./running_call.ts";
import type { StreamTail } from "./stream_tail.ts";

/** The most bytes of one response: what `fetch` holds is outside the heap that V8 limits. */
export const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

/**
 * Wraps a `fetch` so that a response is read as fast as the caller of the flow takes the answer,
 * and no further than `maxBytes`.
 */
export function limitedFetch(fetch: typeof globalThis.fetch, maxBytes = MAX_RESPONSE_BYTES) {
  return async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const response = await fetch(input, init);
    if (response.body === null || isShort(response, maxBytes)) return response;
    const { status, statusText, headers } = response;
    // Others are no answers of a model, such as that of an access token.
    const isStream = headers.get("content-type")?.startsWith("text/event-stream");
    const tail = isStream ? runningCall.getStore()?.turn?.tail : undefined;
    return new Response(limited(response.body, { maxBytes, tail }), {
      status,
      statusText,
      headers,
    });
  };
}

/** Whether the response's length is known to be within the limit, so that nobody need count. */
function isShort({ headers }: Response, maxBytes: number): boolean {
  const length = headers.get("content-length");
  return length !== null && Number(length) <= maxBytes && !headers.has("content-encoding");
}

function limited(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { maxBytes, tail }: { maxBytes: number; tail: StreamTail | undefined },
) {
  const window = runningCall.getStore()?.window;
  const reader = body.getReader();
  let bytes = 0;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      await window?.open();
      const { done, value } = await reader.read();
      if (done) return controller.close();
      bytes += value.byteLength;
      if (bytes > maxBytes) {
        const message = `The provider's answer is longer than ${maxBytes} bytes`;
        controller.error(new FlowError("INTERNAL", message, { http: 502 }));
        return await reader.cancel();
      }
      tail?.push(value);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
