/**
 * Makes a process without permissions fit for Genkit. Imported before anything else, for what it
 * does.
 *
 * Libraries of Genkit list the environment as they load, and Genkit would start its own
 * OpenTelemetry. What they print goes nowhere until {@linkcode listenToConsole} is called: standard
 * output carries the protocol.
 */
import process from "node:process";

Object.defineProperty(process, "env", { value: {}, configurable: true });
(globalThis as Record<string, unknown>).__GENKIT_DISABLE_GENKIT_OTEL_INITIALIZATION = true;
process.emitWarning = () => {};

let listener: (text: string) => void = () => {};

for (const method of ["debug", "log", "info", "warn", "error", "trace"] as const) {
  console[method] = (...values: unknown[]) => listener(values.map(String).join(" "));
}

/** Has what libraries print sent to `listen`. It may hold prompts and keys. */
export function listenToConsole(listen: (text: string) => void): void {
  listener = listen;
}
