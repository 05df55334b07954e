import {
  type Attributes,
  type Context,
  type Instrument,
  type OpenTelemetry,
  type Span,
  SPAN_KEY,
} from "../../../../runner/telemetry/open_telemetry.ts";

/** A span as it was made. */
export interface FakeSpan {
  name: string;
  kind: number;
  attributes: Attributes;
  traceId: string;
  spanId: string;
  parent: string | undefined;
  failed: boolean;
  start?: number;
  end?: number | "now";
}

/** A measurement as it was given. */
export interface Measured {
  name: string;
  value: number;
  attributes: Attributes;
}

/** An OpenTelemetry that keeps what it is told; span ids count up from 1. */
export function fakeOpenTelemetry() {
  const spans: FakeSpan[] = [];
  const measured: Measured[] = [];
  const observed = new Map<string, () => Measured[]>();
  const context = (parent?: Span): Context & { parent: Span | undefined } => ({
    parent,
    setValue: (key, value) => context(key === SPAN_KEY ? value as Span : parent),
  });
  const instrument = (name: string): Instrument => {
    const keep = (value: number, attributes: Attributes) =>
      void measured.push({ name, value, attributes });
    return { add: keep, record: keep };
  };
  const observable = (name: string) => ({
    addCallback(
      callback: (result: { observe(value: number, attributes: Attributes): void }) => void,
    ) {
      observed.set(name, () => {
        const all: Measured[] = [];
        callback({ observe: (value, attributes) => void all.push({ name, value, attributes }) });
        return all;
      });
    },
  });
  const api: OpenTelemetry = {
    context: { active: () => context() },
    trace: {
      getTracer: () => ({
        startSpan(name, { kind, startTime, attributes = {} }, below) {
          const parent = (below as ReturnType<typeof context> | undefined)?.parent?.spanContext();
          const spanId = String(spans.length + 1).padStart(16, "0");
          const traceId = parent?.traceId ?? "f".repeat(31) + spanId.at(-1);
          const span: FakeSpan = {
            ...{ name, kind, attributes: { ...attributes }, traceId, spanId, failed: false },
            parent: parent?.spanId,
            ...startTime !== undefined && { start: startTime },
          };
          spans.push(span);
          return {
            spanContext: () => ({ traceId, spanId, traceFlags: 1 }),
            isRecording: () => true,
            updateName: (name) => void (span.name = name),
            setAttributes: (more) => void Object.assign(span.attributes, more),
            setStatus: ({ code }) => void (span.failed = code === 2),
            end: (time) => void (span.end = time ?? "now"),
          };
        },
      }),
    },
    metrics: {
      getMeter: () => ({
        createCounter: instrument,
        createUpDownCounter: instrument,
        createHistogram: instrument,
        createObservableCounter: observable,
        createObservableGauge: observable,
      }),
    },
  };
  return { api, spans, measured, observed };
}
