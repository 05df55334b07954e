import assert from "assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { freePort } from "../../conformance/free_port.ts";
import { holdLease } from "../../shared/cache/lease.ts";
import { openNatsCache } from "../../shared/cache/nats_cache.ts";
import type { SharedCache } from "../../shared/cache/shared_cache.ts";
import { ManualClock } from "../unit/manual_clock.ts";
import { natsServer } from "./nats_server.ts";

/** What a NATS server has for those that share its cache. */
interface Counted {
  cache: SharedCache;
  /** How many watches of the leases' bucket it knows; one that has ended goes after five minutes. */
  watches(): Promise<number>;
  /** How many subscriptions it holds for all connections. */
  subscriptions(): Promise<number>;
}

async function counted(use: (at: Counted) => Promise<void>): Promise<void> {
  const port = freePort("127.0.0.1");
  await using server = await natsServer({ config: `http: "127.0.0.1:${port}"\n` });
  const cache = await openNatsCache({ url: server.url, bucket: "test" });
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  try {
    await use({
      cache,
      watches: async () => (await Array.fromAsync(manager.consumers.list("KV_test-leases"))).length,
      async subscriptions() {
        const { connections } = await (await fetch(`http://127.0.0.1:${port}/connz`)).json();
        return connections.reduce(
          (sum: number, { subscriptions }: { subscriptions: number }) => sum + subscriptions,
          0,
        );
      },
    });
  } finally {
    await connection.close();
    await cache.close();
  }
}

Deno.test("NATS: a watch ends with its signal, also while it is being asked for", () =>
  counted(async ({ cache: { leases }, subscriptions }) => {
    await leases.put("lease", new Uint8Array([1]));
    const before = await subscriptions();
    for (let round = 0; round < 10; round++) {
      const stop = new AbortController();
      const watch = leases.watch("lease", stop.signal)[Symbol.asyncIterator]();
      const first = watch.next();
      const early = round % 2 === 0;
      if (!early) await first;
      stop.abort();
      for (let end = early ? first : watch.next(); !(await end).done;) end = watch.next();
    }
    // By the next turn each watch has sent its end. What a connection asks last, the server does last.
    await new Promise((resolve) => setTimeout(resolve));
    await leases.get("lease");
    assert.equal(await subscriptions(), before);
  }));

Deno.test("NATS: who waits for a lease watches it once, however long that takes", () =>
  counted(async ({ cache: { leases }, watches }) => {
    await leases.put("lease", new TextEncoder().encode("another"));
    const clock = new ManualClock();
    const stop = new AbortController();
    let tries = 0;
    let tried = Promise.withResolvers<void>();
    const watched = Promise.withResolvers<void>();
    const bucket: typeof leases = {
      ...leases,
      async *watch(...watch) {
        for await (const change of leases.watch(...watch)) {
          watched.resolve();
          yield change;
        }
      },
      async create(...entry) {
        const revision = await leases.create(...entry);
        tries++;
        // After the wait that follows has begun.
        setTimeout(() => tried.resolve());
        return revision;
      },
    };
    const elected = Promise.withResolvers<void>();
    const held = holdLease({
      bucket,
      key: "lease",
      holder: "a",
      clock,
      signal: stop.signal,
      random: () => 0.5,
      lead: (signal) => {
        elected.resolve();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    });
    for (let round = 0; round < 10; round++) {
      await tried.promise;
      tried = Promise.withResolvers();
      clock.advance(10_000);
    }
    await tried.promise;
    await watched.promise;
    assert.deepEqual([tries, await watches()], [11, 1]);
    await leases.delete("lease");
    await elected.promise;
    stop.abort();
    await held;
  }));
