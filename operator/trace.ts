/** The part of OpenTelemetry's API that is used here; see `@opentelemetry/api`. */
interface TracerProvider {
  getTracer(name: string): {
    startActiveSpan<T>(
      name: string,
      options: { attributes: Record<string, string> },
      work: (span: Span) => T,
    ): T;
  };
}

interface Span {
  setAttribute(name: string, value: string): void;
  setStatus(status: { code: number; message?: string }): void;
  end(): void;
}

/** Where a runtime registers its OpenTelemetry: Deno does with `OTEL_DENO=true`. */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");
const STATUS_ERROR = 2;

/**
 * Runs `work` as a span, where Deno exports traces (`OTEL_DENO=true` and the variables
 * `OTEL_EXPORTER_OTLP_…`); else it just runs it. Requests that it sends are spans below it: Deno makes
 * them. `work` may `set` more attributes. Throws what `work` throws.
 */
export async function traced<T>(
  name: string,
  attributes: Record<string, string>,
  work: (set: (attribute: string, value: string) => void) => Promise<T>,
): Promise<T> {
  const registered = (globalThis as Record<symbol, unknown>)[REGISTERED] as
    | { trace?: TracerProvider }
    | undefined;
  if (registered?.trace === undefined) return await work(() => {});
  const tracer = registered.trace.getTracer("genkitd");
  return await tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work((attribute, value) => span.setAttribute(attribute, value));
    } catch (error) {
      const message = (error as Error)?.message ?? String(error);
      span.setStatus({ code: STATUS_ERROR, message });
      throw error;
    } finally {
      span.end();
    }
  });
}
