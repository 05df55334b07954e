import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { freePort } from "../../conformance/free_port.ts";
import { command, GIT_ENVIRONMENT } from "./git_repository.ts";
import type { Certificate } from "./private_authority.ts";

/** A request as the server saw it. */
export interface SeenRequest {
  method: string;
  url: string;
  authorization: string | undefined;
}

/** What a test changes while the server runs. */
export interface GitServerBehaviour {
  /** Asked for where it is there. */
  login?: { username: string; password: string };
  /** Answer as a server of before 2018. */
  oldProtocol?: boolean;
  /** Answers in git's place, where it gives true. */
  intercept?(request: IncomingMessage, response: ServerResponse): boolean;
}

/** A Git server: `git http-backend` behind node:http. */
export interface GitServer extends AsyncDisposable {
  /** The address of the repository `flows.git`. */
  readonly url: string;
  readonly behaviour: GitServerBehaviour;
  /** What it was asked since the last call. */
  seen(): SeenRequest[];
  /** Ends it; connections are cut. */
  stop(): Promise<void>;
  /** Starts it again at the same port. */
  start(): Promise<void>;
}

/** Starts a server of the repositories in `folder`. */
export async function gitServer(
  folder: string,
  { certificate, ...behaviour }: GitServerBehaviour & { certificate?: Certificate } = {},
): Promise<GitServer> {
  let requests: SeenRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "" } = request;
    const { authorization } = request.headers;
    requests.push({ method, url, authorization });
    const { login, intercept } = behaviour;
    if (intercept?.(request, response)) return;
    if (login !== undefined && authorization !== basic(login)) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
      return;
    }
    await backend(folder, request, response, behaviour.oldProtocol ?? false);
  };
  const answering = new Set<Promise<void>>();
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const answered = answer(request, response).catch(() => void response.destroy())
      .finally(() => answering.delete(answered));
    answering.add(answered);
  };
  let server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
  // A port that nobody is given while the server is stopped.
  const port = freePort("127.0.0.1");
  const listen = () =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    // Git reads the repository, which may be gone next.
    await Promise.all(answering);
  };
  await listen();
  return {
    url: `${certificate ? "https" : "http"}://127.0.0.1:${port}/flows.git`,
    behaviour,
    seen() {
      const seen = requests;
      requests = [];
      return seen;
    },
    stop,
    async start() {
      server = certificate ? createSecureServer(certificate, listener) : createServer(listener);
      await listen();
    },
    [Symbol.asyncDispose]: stop,
  };
}

function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${btoa(`${username}:${password}`)}`;
}

/** Runs git's own CGI program for a request: https://git-scm.com/docs/git-http-backend. */
async function backend(
  folder: string,
  request: IncomingMessage,
  response: ServerResponse,
  old: boolean,
) {
  const { pathname, search } = new URL(request.url!, "http://localhost");
  const body: Uint8Array[] = await Array.fromAsync(request);
  const input = await Deno.makeTempFile();
  try {
    await Deno.writeFile(input, new Uint8Array(body.flatMap((part) => [...part])));
    const version = request.headers["git-protocol"];
    const { stdout } = await command("sh", {
      args: ["-c", 'exec git http-backend < "$0"', input],
      env: {
        ...GIT_ENVIRONMENT,
        GIT_PROJECT_ROOT: folder,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: pathname,
        QUERY_STRING: search.slice(1),
        REQUEST_METHOD: request.method!,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
        REMOTE_ADDR: "127.0.0.1",
        ...typeof version === "string" && !old && { GIT_PROTOCOL: version },
      },
    });
    const end = indexOf(stdout, "\r\n\r\n");
    const head = new TextDecoder().decode(stdout.subarray(0, end));
    const headers = Object.fromEntries(
      head.split("\r\n").map((line) => line.split(/: (.*)/s, 2) as [string, string]),
    );
    const status = parseInt(headers["Status"] ?? "200");
    delete headers["Status"];
    response.writeHead(status, headers).end(stdout.subarray(end + 4));
  } finally {
    await Deno.remove(input);
  }
}

function indexOf(bytes: Uint8Array, text: string): number {
  const wanted = new TextEncoder().encode(text);
  return bytes.findIndex((_, at) => wanted.every((byte, i) => bytes[at + i] === byte));
}
