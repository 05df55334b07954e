import { callHttpTool, type HttpTool } from "../../runner/tools/http.ts";

/** What a tool's server saw of a request. */
export interface Seen {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  redirect: RequestRedirect;
}

/**
 * Calls a tool whose server answers with `response`, and gives what the server saw first as well; all
 * that it saw is added to `seen`.
 */
export async function callTool(
  tool: Partial<HttpTool>,
  input: unknown,
  response: (attempt: number) => Response = () => Response.json({ ok: true }),
  seen: Seen[] = [],
): Promise<{ seen: Seen; output: unknown }> {
  const output = await callHttpTool(
    { name: "look", url: "https://tools.example/look", ...tool },
    input,
    {
      signal: new AbortController().signal,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        const { method, url, headers, redirect } = request;
        const body = await request.text();
        seen.push({ method, url, headers: Object.fromEntries(headers), body, redirect });
        return response(seen.length);
      },
      random: () => 0,
    },
  );
  return { seen: seen[0]!, output };
}

/** A server for tools; ends with its scope. */
export async function toolServer(
  answer: (request: Request) => Response | Promise<Response>,
): Promise<{ url: string } & AsyncDisposable> {
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {}, signal: stop.signal },
    answer,
  );
  await Promise.resolve();
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}
