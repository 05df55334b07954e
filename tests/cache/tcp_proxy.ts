/** A proxy of connections of the test, which can fall silent. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Passes no byte on any more, in both directions, and keeps all connections, new ones too. */
  silence(): void;
  /** Breaks all connections off, and refuses new ones. */
  cut(): void;
  /** Goes on; what was held back arrives now. */
  heal(): void;
}

/** Starts a proxy in front of a port of this machine. */
export function tcpProxy(to: number): TcpProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  let healed = Promise.resolve();
  let heal = () => {};
  let refusing = false;
  const pass = async (from: Deno.Conn, into: Deno.Conn) => {
    try {
      const buffer = new Uint8Array(64 * 1024);
      for (;;) {
        const length = await from.read(buffer);
        if (length === null) break;
        await healed;
        for (let sent = 0; sent < length;) {
          sent += await into.write(buffer.subarray(sent, length));
        }
      }
    } catch {
      // One of the two is gone, and so is the other one now.
    }
    close(from);
    close(into);
  };
  const close = (connection: Deno.Conn) => open.delete(connection) && connection.close();
  const accept = async () => {
    for await (const client of listener) {
      if (refusing) {
        client.close();
        continue;
      }
      open.add(client);
      const server = await Deno.connect({ hostname: "127.0.0.1", port: to }).catch(() => undefined);
      if (server === undefined) {
        close(client);
        continue;
      }
      open.add(server);
      void pass(client, server);
      void pass(server, client);
    }
  };
  const accepting = accept();
  return {
    port: listener.addr.port,
    silence() {
      const { promise, resolve } = Promise.withResolvers<void>();
      [healed, heal] = [promise, resolve];
    },
    cut() {
      refusing = true;
      for (const connection of [...open]) close(connection);
    },
    heal() {
      refusing = false;
      heal();
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      heal();
      for (const connection of [...open]) close(connection);
      await accepting;
    },
  };
}
