/** One call of a tool. */
export interface ToolCall {
  path: string;
  method: string;
  headers: Headers;
  /** Parsed from JSON; undefined where it is none. */
  body: unknown;
}

/** The server that the flows' tools call. */
export interface ToolServer extends AsyncDisposable {
  /** Its address, without a slash at its end. */
  url: string;
  /** The calls of a path, oldest first. */
  calls(path: string): readonly ToolCall[];
}

/** What the HTTP tool answers with. */
export const WEATHER = "sunny-in-oslo";

/** What the flow that is a tool answers with. */
export const OTHER_FLOW = "word-of-the-other-flow";

/** The most calls that are remembered. */
const MOST = 1_000;

/** Starts the server: `/flow` answers as a flow, every other path as an HTTP endpoint. */
export function toolServer(): ToolServer {
  const seen: ToolCall[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      const body = parse(await request.text());
      const { method, headers } = request;
      if (seen.length < MOST) seen.push({ path, method, headers, body });
      if (path !== "/flow") return Response.json({ weather: WEATHER });
      const isEnvelope = typeof body === "object" && body !== null && "data" in body;
      return isEnvelope ? Response.json({ result: OTHER_FLOW }) : new Response(OTHER_FLOW);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    calls: (path) => seen.filter((call) => call.path === path),
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
