/** An HTTP server of a test, on this machine only. */
export interface LocalServer extends AsyncDisposable {
  /** Such as `"http://127.0.0.1:12345"`. */
  readonly url: string;
}

/** Starts a server that answers each request as `answer` says, and is gone at the end of the scope. */
export function startLocalServer(
  answer: (request: Request, port: number) => Response | Promise<Response>,
): LocalServer {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: stop.signal, onListen: () => {} },
    (request, { remoteAddr }) => answer(request, remoteAddr.port),
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await server.finished;
    },
  };
}
