import type { Container, Probe } from "./pod.ts";

/** Options of {@linkcode askProbe}. */
export interface AskProbeOptions {
  probe: Probe;
  container: Container;
  podIp: string;
  /** Runs a program in the container; whether it ended well. */
  exec(command: string[]): Promise<boolean>;
}

/** Asks a container once. Gives what was wrong, or undefined where nothing was. */
export async function askProbe(options: AskProbeOptions): Promise<string | undefined> {
  const { probe, container, podIp, exec } = options;
  const { httpGet, tcpSocket, exec: program, timeoutSeconds = 1 } = probe;
  const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
  try {
    if (httpGet) {
      return await get(`http://${podIp}:${portOf(container, httpGet.port)}`, httpGet, signal);
    }
    if (tcpSocket) {
      const port = portOf(container, tcpSocket.port);
      (await Deno.connect({ hostname: podIp, port, signal })).close();
      return undefined;
    }
    return await exec(program?.command ?? []) ? undefined : "the command failed";
  } catch (error) {
    if (signal.aborted) return `no answer in ${timeoutSeconds} s`;
    return error instanceof Error ? error.message : String(error);
  }
}

async function get(
  origin: string,
  { path = "/", httpHeaders = [] }: NonNullable<Probe["httpGet"]>,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A probe's connection is never kept: it must not count as a client of the server.
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const headers = new Headers(httpHeaders.map(({ name, value }) => [name, value]));
  const response = await fetch(new URL(path, origin), {
    client,
    headers,
    signal,
    redirect: "manual",
  });
  await response.body?.cancel();
  const { status } = response;
  return status >= 200 && status < 400 ? undefined : `HTTP probe failed with statuscode: ${status}`;
}

function portOf({ name, ports = [] }: Container, port: number | string): number {
  if (typeof port === "number") return port;
  const found = ports.find((one) => one.name === port);
  if (found === undefined) throw new Error(`Container "${name}" has no port "${port}"`);
  return found.containerPort;
}
