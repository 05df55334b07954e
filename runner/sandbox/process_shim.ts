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

/** Hears that something was printed, and how long it is. */
type Listener = (method: string, length: number) => void;

let listener: Listener = () => {};

for (const method of ["debug", "log", "info", "warn", "error", "trace"] as const) {
  console[method] = (...values: unknown[]) => listener(method, values.map(String).join(" ").length);
}

/** Has `listen` told when libraries print, and not what: it may hold prompts and keys. */
export function listenToConsole(listen: Listener): void {
  listener = listen;
}
