/**
 * The part of OpenTelemetry's API that is used here, as `@opentelemetry/api` 1.9 has it. Deno registers
 * its own with `OTEL_DENO=true`, so that no package is needed.
 */
export interface OpenTelemetry {
  trace?: { getTracer(name: string): Tracer };
  context?: { active(): Context };
  metrics?: { getMeter(name: string): Meter };
}

/** What OpenTelemetry takes as the value of an attribute; a bigint is exported as a whole number. */
export type AttributeValue = string | number | bigint | boolean | string[];

/** Named values of a span or a measurement. */
export type Attributes = Record<string, AttributeValue>;

/** Says which span of which trace something belongs to. */
export interface SpanContext {
  /** 32 and 16 digits of hexadecimal. */
  traceId: string;
  spanId: string;
  /** 1 where the trace is recorded. */
  traceFlags: number;
  isRemote?: boolean;
  traceState?: { serialize(): string };
}

/** What OpenTelemetry carries along. */
export interface Context {
  setValue(key: symbol, value: unknown): Context;
}

/** A span that has begun. */
export interface Span {
  spanContext(): SpanContext;
  isRecording(): boolean;
  updateName(name: string): void;
  setAttributes(attributes: Attributes): void;
  setStatus(status: { code: number; message?: string }): void;
  /** `time` is in milliseconds since 1970. */
  end(time?: number): void;
}

/** Begins spans. */
export interface Tracer {
  startSpan(
    name: string,
    options: { kind: number; startTime?: number; attributes?: Attributes },
    context?: Context,
  ): Span;
}

/** What takes the measurements of a counter or a histogram. */
export interface Instrument {
  add(value: number, attributes: Attributes): void;
  record(value: number, attributes: Attributes): void;
}

/** What is asked for its values at each export. */
export interface ObservableInstrument {
  addCallback(
    callback: (result: { observe(value: number, attributes: Attributes): void }) => void,
  ): void;
}

/** How an instrument is described. */
export interface InstrumentOptions {
  unit: string;
  description: string;
  advice?: { explicitBucketBoundaries: number[] };
}

/** Makes instruments. */
export interface Meter {
  createCounter(name: string, options: InstrumentOptions): Instrument;
  createUpDownCounter(name: string, options: InstrumentOptions): Instrument;
  createHistogram(name: string, options: InstrumentOptions): Instrument;
  createObservableCounter(name: string, options: InstrumentOptions): ObservableInstrument;
  createObservableGauge(name: string, options: InstrumentOptions): ObservableInstrument;
}

/** The scope of all spans and metrics of this program. */
export const SCOPE = "genkitd";

/** OpenTelemetry's numbers for what a span is. */
export const SPAN_KIND = { internal: 0, server: 1, client: 2 } as const;

/** OpenTelemetry's number for a span that failed. */
export const STATUS_ERROR = 2;

/** Under which a context holds its span: `trace.setSpan` of `@opentelemetry/api`. */
export const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** Gives the OpenTelemetry that the runtime has registered, if it has. */
export function openTelemetry(): OpenTelemetry | undefined {
  const registered = Symbol.for("opentelemetry.js.api.1");
  return (globalThis as Record<symbol, unknown>)[registered] as OpenTelemetry | undefined;
}
