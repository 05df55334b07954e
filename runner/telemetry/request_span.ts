import type { TraceContext } from "../host/sandbox_messages.ts";
import type { Step } from "../host/step.ts";
import {
  type Context,
  type OpenTelemetry,
  SCOPE,
  type Span,
  SPAN_KEY,
  SPAN_KIND,
  STATUS_ERROR,
  type Tracer,
} from "./open_telemetry.ts";
import type { ObservedRequest, RequestOutcome } from "./request_observer.ts";
import { stepAttributes, stepName } from "./step_attributes.ts";
import { parseTraceparent, traceparent } from "./trace_context.ts";

/** The span of one request, with a span below it for each step. */
export class RequestSpan {
  readonly #span: Span;
  readonly #tracer: Tracer;
  /** That of the span: what begins in it is below it. */
  readonly #inside: Context;
  readonly #method: string;
  readonly #remote: TraceContext | undefined;

  /** Begins below the span that the caller said, if any; undefined where nothing is traced. */
  static begin(
    request: ObservedRequest,
    remote: TraceContext | undefined,
    { trace, context }: OpenTelemetry,
  ): RequestSpan | undefined {
    if (trace === undefined || context === undefined) return undefined;
    return new RequestSpan(request, remote, trace.getTracer(SCOPE), context.active());
  }

  private constructor(
    { method, requestId }: ObservedRequest,
    remote: TraceContext | undefined,
    tracer: Tracer,
    root: Context,
  ) {
    const parent = remote && parseTraceparent(remote.traceparent);
    const outside = parent
      ? root.setValue(SPAN_KEY, { spanContext: () => parent, isRecording: () => false })
      : root;
    this.#method = KNOWN_METHODS.has(method) ? method : "_OTHER";
    this.#span = tracer.startSpan(this.#method, {
      kind: SPAN_KIND.server,
      attributes: {
        "http.request.method": this.#method,
        // No TLS is ended here, and what a proxy before it did is not known.
        "url.scheme": "http",
        "genkitd.request.id": requestId,
      },
    }, outside);
    this.#inside = outside.setValue(SPAN_KEY, this.#span);
    this.#tracer = tracer;
    this.#remote = remote;
  }

  /** Whether anybody will see it. */
  get isRecording(): boolean {
    return this.#span.isRecording();
  }

  /** What goes with requests that this one causes. */
  get trace(): TraceContext {
    const state = this.#remote?.tracestate;
    return {
      traceparent: traceparent(this.#span.spanContext()),
      ...state !== undefined && { tracestate: state },
    };
  }

  /** Names the span after the flow's route. Only then is its path told: another may hold anything. */
  routed(flow: string, prompt: string): void {
    if (!this.#span.isRecording()) return;
    this.#span.updateName(`${this.#method} /${flow}`);
    this.#span.setAttributes({
      "http.route": `/${flow}`,
      "url.path": `/${flow}`,
      "genkitd.flow": flow,
      "genkitd.prompt": prompt,
    });
  }

  /** Says what the flow's cache was to the request. */
  cached(result: string): void {
    if (this.#span.isRecording()) this.#span.setAttributes({ "genkitd.cache.result": result });
  }

  /** Makes the span of a step that has ended. */
  step(step: Step, flow: string): void {
    const span = this.#tracer.startSpan(stepName(step), {
      kind: step.kind === "model" ? SPAN_KIND.client : SPAN_KIND.internal,
      startTime: step.start,
      attributes: { ...stepAttributes(step), "genkitd.flow": flow },
    }, this.#inside);
    if (step.error !== undefined) span.setStatus({ code: STATUS_ERROR });
    span.end(step.start + step.ms);
  }

  /** Ends the span; by the HTTP conventions only 5xx is a server's failure. */
  end({ status, error }: RequestOutcome): void {
    if (this.#span.isRecording()) {
      this.#span.setAttributes({
        "http.response.status_code": BigInt(status),
        ...error !== undefined && { "error.type": error },
      });
      if (status >= 500) this.#span.setStatus({ code: STATUS_ERROR });
    }
    this.#span.end();
  }
}

/** Others may be any text of the caller's: https://opentelemetry.io/docs/specs/semconv/http/ */
const KNOWN_METHODS = new Set(
  ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"],
);
