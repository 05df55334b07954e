import { AsyncLocalStorage } from "node:async_hooks";

/** The base URL of the requests of the running code. */
const base = new AsyncLocalStorage<string>();

/** Hosts of Vertex AI, whichever the location. */
const VERTEX = /^https:\/\/([a-z0-9-]+-)?aiplatform(\.(us|eu)\.rep)?\.googleapis\.com\//;

let inner: typeof globalThis.fetch | undefined;

/**
 * Runs `run` so that its requests to Vertex AI go to `baseUrl`: Genkit's plugin knows no other host,
 * and asks the global `fetch`. Other code's requests are left alone.
 */
export function rerouted<T>(baseUrl: string, run: () => T): T {
  if (inner === undefined) {
    const wrapped = inner = globalThis.fetch;
    globalThis.fetch = (input, init) => {
      const to = base.getStore();
      return wrapped(
        to !== undefined && typeof input === "string" ? input.replace(VERTEX, `${to}/`) : input,
        init,
      );
    };
  }
  return base.run(baseUrl, run);
}
