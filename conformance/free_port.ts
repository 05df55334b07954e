/**
 * Gives a TCP port that is free at `address` right now. It lies below the ports that systems give to
 * outgoing connections and to servers that ask for any port, so that it stays free until a server is
 * started on it, and while one restarts.
 *
 * @throws {Error} where a hundred are taken.
 */
export function freePort(address: string, random: () => number = Math.random): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 10_000 + Math.floor(random() * 20_000);
    try {
      Deno.listen({ hostname: address, port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`Cannot find a free port at "${address}": 100 attempts found taken ones`);
}
