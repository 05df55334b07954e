import { type KV, type KvEntry, Kvm } from "@nats-io/kv";
import { JetStreamApiError } from "@nats-io/jetstream";
import { connect, credsAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import type { Bucket, BucketChange, BucketEntry } from "./bucket.ts";
import { passOverLateSocketErrors } from "./late_socket_errors.ts";
import type { SharedCache } from "./shared_cache.ts";
import { verifyAddresses } from "./verify_addresses.ts";

/** How a NATS server with JetStream is reached. */
export interface NatsCacheOptions {
  /** Such as `nats://nats.example:4222`, `tls://…`; several with commas. */
  url: string;
  /** Gives the text of a credentials file (`.creds`); asked anew for each connection. */
  creds?: (() => string) | undefined;
  /** The name that the buckets begin with. */
  bucket: string;
  /** How many servers of a cluster keep each value. Default 1. */
  replicas?: number;
  /** Certificates in PEM that are trusted besides the usual ones. */
  ca?: string | undefined;
  /** How long the first connection may take, in milliseconds. Default 10 s. */
  timeout?: number;
  /** How long a lease lives without being renewed, in milliseconds. Default 60 s. */
  leaseTtl?: number;
  /** Told of a connection that is lost or back. */
  observe?(state: "disconnected" | "reconnected"): void;
}

/** What JetStream answers where a key has another revision than was said. */
const WRONG_LAST_SEQUENCE = 10071;

/**
 * Connects to NATS and makes the buckets where they are not there.
 *
 * @throws {Error} where it cannot be reached in time, lets nobody in, or has no JetStream. No
 * credential is in the message.
 */
export async function openNatsCache(options: NatsCacheOptions): Promise<SharedCache> {
  const { url, creds, bucket, ca, timeout = 10_000, leaseTtl = 60_000, replicas = 1 } = options;
  const { servers, user, pass } = parseServers(url);
  const secure = servers.some((server) => /^tls:/i.test(server));
  const shown = servers.join(",");
  passOverLateSocketErrors();
  verifyAddresses();
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers,
      name: "genkitd",
      timeout,
      // The first attempt fails at once; once it was there, it is waited for.
      maxReconnectAttempts: -1,
      reconnectTimeWait: 1_000,
      reconnectJitter: 500,
      ...user !== undefined && { user, pass },
      ...creds !== undefined && {
        authenticator: credsAuthenticator(() => new TextEncoder().encode(creds())),
      },
      // Else the client speaks without it to a server that has none.
      ...(ca !== undefined || secure) && { tls: ca === undefined ? {} : { ca } },
    });
  } catch (cause) {
    throw new Error(`Cannot connect to NATS at "${shown}": ${reasonOf(cause)}`, { cause });
  }
  observe(connection, options.observe);
  try {
    const kvm = new Kvm(connection);
    const open = (name: string, more: { ttl?: number } = {}) =>
      kvm.create(name, { history: 1, replicas, ...more });
    const openAll = () =>
      Promise.all([
        open(`${bucket}-system`),
        open(`${bucket}-runtime`),
        open(`${bucket}-leases`, { ttl: leaseTtl }),
      ]);
    const [system, runtime, leases] = await openAll();
    // A server that has lost its store knows none of them; who leads writes anew what was there.
    const restore = () => void openAll().catch(() => {});
    // What is there already stays as it was made.
    const { ttl } = await leases.status();
    return {
      leaseTtl: ttl,
      system: natsBucket(system),
      runtime: natsBucket(runtime),
      leases: natsBucket(leases, restore),
      maxValueBytes: connection.info?.max_payload ?? 1024 * 1024,
      close: () => connection.close(),
    };
  } catch (cause) {
    await connection.close();
    throw new Error(
      `Cannot use the buckets "${bucket}-…" of NATS at "${shown}": ${reasonOf(cause)}`,
      {
        cause,
      },
    );
  }
}

/** Takes user and password, of the first server that has them, out of the addresses. */
function parseServers(url: string): { servers: string[]; user?: string; pass?: string } {
  const urls = url.split(",").map((server) => server.trim());
  const first = urls.find((server) => /\/\/[^/@]*@/.test(server)) ?? "";
  const [, user = "", pass = ""] = /\/\/([^/@:]*):?([^/@]*)@/.exec(first) ?? [];
  return {
    servers: urls.map((server) => server.replace(/\/\/[^/@]*@/, "//")),
    ...user !== "" && { user: decodeURIComponent(user), pass: decodeURIComponent(pass) },
  };
}

async function observe(
  connection: NatsConnection,
  tell: NatsCacheOptions["observe"],
): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === "disconnect") tell?.("disconnected");
    if (type === "reconnect") tell?.("reconnected");
  }
}

/** What the client says; its errors name servers and subjects, and no credential. */
function reasonOf(cause: unknown): string {
  const { message, code } = cause as { message?: unknown; code?: unknown };
  if (/no responders|503|jetstream not enabled/i.test(`${message} ${code}`)) {
    return "JetStream is not enabled there";
  }
  return String(message ?? cause).slice(0, 300);
}

/** @param failed Called where a value could not be made, and not since there is one. */
function natsBucket(kv: KV, failed = () => {}): Bucket {
  return {
    async get(key) {
      return entryOf(await kv.get(key));
    },
    put: (key, value) => kv.put(key, value),
    async create(key, value) {
      try {
        return await unlessOther(() => kv.create(key, value));
      } catch (error) {
        failed();
        throw error;
      }
    },
    update: (key, value, revision) => unlessOther(() => kv.update(key, value, revision)),
    async delete(key, revision) {
      await unlessOther(() =>
        kv.delete(key, revision === undefined ? {} : { previousSeq: revision })
      );
    },
    async keys(prefix) {
      return await Array.fromAsync(await kv.keys(`${prefix}.>`));
    },
    watch: (key, signal) => watch(kv, key, signal),
  };
}

async function* watch(kv: KV, key: string, signal: AbortSignal): AsyncGenerator<BucketChange> {
  if (signal.aborted) return;
  const changes = await kv.watch({ key });
  const stop = () => changes.stop();
  signal.addEventListener("abort", stop, { once: true });
  // While the watch was asked for, nobody listened.
  if (signal.aborted) stop();
  try {
    for await (const change of changes) {
      const entry = entryOf(change);
      yield entry === undefined ? { type: "deleted", key } : { type: "put", entry };
    }
  } finally {
    signal.removeEventListener("abort", stop);
    changes.stop();
  }
}

function entryOf(entry: KvEntry | null): BucketEntry | undefined {
  if (entry === null || entry.operation !== "PUT") return undefined;
  return { key: entry.key, value: entry.value, revision: entry.revision };
}

async function unlessOther<T>(write: () => Promise<T>): Promise<T | undefined> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) return undefined;
    throw error;
  }
}
