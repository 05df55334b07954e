import { openTelemetry } from "./open_telemetry.ts";

/** Where Deno 2.9 keeps the span that it begins for each request of node:http. */
const DESCRIPTION = "kOtelSpan";
let key: symbol | undefined;

/**
 * Gives the function that takes Deno's own span off a response, where Deno traces: that span holds
 * the URL with its query, never ends for a caller who goes away, and knows no flow. One that is never
 * ended is never exported, and a {@linkcode RequestSpan} stands in its place.
 */
export function runtimeSpanRemover(): (response: object) => void {
  if (openTelemetry()?.trace === undefined) return () => {};
  return (response) => {
    key ??= Object.getOwnPropertySymbols(response)
      .find(({ description }) => description === DESCRIPTION);
    if (key !== undefined) (response as Record<symbol, unknown>)[key] = undefined;
  };
}
