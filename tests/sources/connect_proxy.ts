import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** An HTTP proxy that lets through what stays on this machine. */
export interface ConnectProxy extends AsyncDisposable {
  /** Without credentials, e.g. `http://127.0.0.1:3128`. */
  readonly url: string;
  /** The hosts that it was asked for, and with which credentials. */
  readonly asked: { host: string | undefined; authorization: string | undefined }[];
}

/** Starts a proxy that takes CONNECT only, as one for TLS does. */
export async function connectProxy(): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"] = [];
  const open = new Set<{ destroy(): void }>();
  const proxy = createServer().on("connect", (request, socket) => {
    const authorization = request.headers["proxy-authorization"];
    asked.push({ host: request.url, authorization });
    const [host, port] = request.url!.split(":");
    if (host !== "127.0.0.1") return socket.destroy();
    const onward = connect(Number(port), host!, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [socket, onward]) {
      open.add(end);
      end.on("error", () => end.destroy());
      end.on("close", () => open.delete(end));
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      for (const end of open) end.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
