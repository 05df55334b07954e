import { Changes } from "./changes.ts";

/** Milliseconds in which something awaited is exported, on a busy machine too. */
const PATIENCE = 120_000;

/** An attribute's value in OTLP's JSON. */
type OtlpValue = Record<string, unknown>;

/** A span that a collector got. */
export interface CollectedSpan {
  scope: string;
  name: string;
  kind: number;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  attributes: Record<string, unknown>;
}

/** A collector for OTLP over HTTP, as JSON, that keeps what it gets. */
export interface OtlpCollector extends AsyncDisposable {
  url: string;
  /** The variables with which Deno exports to it, at once. */
  env: Record<string, string>;
  /** The bodies of all requests, as they came. */
  bodies(): string;
  spans(): CollectedSpan[];
  /** The names of all metrics of a scope. */
  metrics(scope: string): Set<string>;
  /** Resolves when `ready` holds, now or after a request; throws after two minutes. */
  until(ready: () => boolean): Promise<void>;
}

/** Starts a collector. */
export function otlpCollector(): OtlpCollector {
  const bodies: string[] = [];
  const changes = new Changes();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    bodies.push(await request.text());
    changes.tell();
    return Response.json({});
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const documents = () => bodies.map((body) => JSON.parse(body));
  return {
    url,
    env: {
      OTEL_DENO: "true",
      OTEL_SERVICE_NAME: "genkitd-test",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_BSP_SCHEDULE_DELAY: "50",
      OTEL_METRIC_EXPORT_INTERVAL: "200",
    },
    bodies: () => bodies.join("\n"),
    spans: () =>
      documents().flatMap(({ resourceSpans = [] }) => resourceSpans)
        .flatMap(({ scopeSpans }) => scopeSpans)
        .flatMap(({ scope, spans }) =>
          spans.map((
            span: CollectedSpan & { attributes: { key: string; value: OtlpValue }[] },
          ) => ({
            ...span,
            scope: scope.name,
            attributes: Object.fromEntries(
              span.attributes.map(({ key, value }) => [key, Object.values(value)[0]]),
            ),
          }))
        ),
    metrics: (scope) =>
      new Set(
        documents().flatMap(({ resourceMetrics = [] }) => resourceMetrics)
          .flatMap(({ scopeMetrics }) => scopeMetrics)
          .filter((one) => one.scope.name === scope)
          .flatMap(({ metrics }) => metrics.map(({ name }: { name: string }) => name)),
      ),
    async until(ready) {
      await changes.until(ready, {
        patience: PATIENCE,
        complaint: () => `What is awaited was not exported in ${PATIENCE} ms: ${ready}`,
      });
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
