import assert from "assert";
import type { Bucket, BucketChange } from "../../shared/cache/bucket.ts";
import { MemoryBucket } from "../../shared/cache/memory_bucket.ts";
import { openNatsCache } from "../../shared/cache/nats_cache.ts";
import { privateAuthority } from "../sources/private_authority.ts";
import { natsServer } from "./nats_server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = (value?: Uint8Array) => value && new TextDecoder().decode(value);

/** Both kinds keep the same promises. */
const KINDS: Record<string, () => Promise<{ bucket: Bucket } & AsyncDisposable>> = {
  memory: () => Promise.resolve({ bucket: new MemoryBucket(), async [Symbol.asyncDispose]() {} }),
  NATS: async () => {
    const server = await natsServer();
    const cache = await openNatsCache({ url: server.url, bucket: "test" });
    return {
      bucket: cache.system,
      async [Symbol.asyncDispose]() {
        await cache.close();
        await server[Symbol.asyncDispose]();
      },
    };
  },
};

for (const [kind, open] of Object.entries(KINDS)) {
  Deno.test(`a bucket in ${kind}: values are set, compared by revision, and taken away`, async () => {
    await using opened = await open();
    const { bucket } = opened;
    assert.equal(await bucket.get("a"), undefined);
    const first = await bucket.create("a", bytes("1"));
    assert.equal(typeof first, "number");
    assert.equal(await bucket.create("a", bytes("2")), undefined, "it is there");
    assert.equal(await bucket.update("a", bytes("2"), first! + 7), undefined, "another revision");
    const second = await bucket.update("a", bytes("2"), first!);
    assert.ok(second! > first!);
    const entry = await bucket.get("a");
    assert.deepEqual([entry?.key, textOf(entry?.value), entry?.revision], ["a", "2", second]);
    await bucket.delete("a", first!);
    assert.equal(textOf((await bucket.get("a"))?.value), "2", "another revision stays");
    await bucket.delete("a", second!);
    assert.equal(await bucket.get("a"), undefined);
    assert.ok(await bucket.create("a", bytes("3")), "what is gone can be there again");
    await bucket.put("x.y.1", bytes("1"));
    await bucket.put("x.y.2", bytes("2"));
    await bucket.put("x.yz", bytes("3"));
    assert.deepEqual((await bucket.keys("x.y")).sort(), ["x.y.1", "x.y.2"]);
  });

  Deno.test(`a bucket in ${kind}: a watch gives what is there, and each change`, async () => {
    await using opened = await open();
    const { bucket } = opened;
    await bucket.put("a", bytes("1"));
    await bucket.put("b", bytes("other"));
    const stop = new AbortController();
    const seen: string[] = [];
    const say = (change: BucketChange) =>
      change.type === "put" ? textOf(change.entry.value)! : "gone";
    for await (const change of bucket.watch("a", stop.signal)) {
      seen.push(say(change));
      if (seen.length === 1) await bucket.put("a", bytes("2"));
      if (seen.length === 2) await bucket.delete("a");
      if (seen.length === 3) stop.abort();
    }
    assert.deepEqual(seen, ["1", "2", "gone"]);
  });
}

Deno.test("NATS: a watch goes on after the server was away, and so does the connection", async () => {
  await using server = await natsServer();
  const back = Promise.withResolvers<void>();
  const observe = (state: string) => state === "reconnected" && back.resolve();
  const cache = await openNatsCache({ url: server.url, bucket: "test", observe });
  await cache.system.put("a", bytes("1"));
  const stop = new AbortController();
  const changes = cache.system.watch("a", stop.signal)[Symbol.asyncIterator]();
  assert.equal((await changes.next()).value.type, "put");
  await server.kill();
  await server.start();
  await back.promise;
  await cache.system.put("a", bytes("2"));
  assert.equal(textOf((await changes.next()).value.entry.value), "2");
  stop.abort();
  await changes.return?.();
  await cache.close();
});

Deno.test("NATS: what cannot be used is said, without its credentials", async (t) => {
  const { ca } = await privateAuthority();
  await t.step("nobody there", async () => {
    const url = "nats://ann:secret-word@127.0.0.1:1";
    await assert.rejects(openNatsCache({ url, bucket: "test" }), (error: Error) => {
      assert.match(error.message, /^Cannot connect to NATS at "nats:\/\/127\.0\.0\.1:1": /);
      assert.doesNotMatch(error.message, /secret-word/);
      return true;
    });
  });
  await t.step("a server without TLS, where the address asks for it", async () => {
    await using server = await natsServer();
    for (const options of [{ url: server.url.replace("nats:", "tls:") }, { url: server.url, ca }]) {
      await assert.rejects(openNatsCache({ ...options, bucket: "test" }), /support 'tls'/);
    }
  });
  await t.step("a server that asks who one is", async () => {
    await using server = await natsServer({
      config: 'authorization { user: "ann", password: "secret-word" }',
    });
    await assert.rejects(openNatsCache({ url: server.url, bucket: "test" }), /authorization/i);
    const cache = await openNatsCache({
      url: server.url.replace("//", "//ann:secret-word@"),
      bucket: "test",
    });
    await cache.close();
  });
});

Deno.test("NATS: a server with TLS is who its certificate says", async (t) => {
  const cases: [string, { names?: string[]; address?: string }, Record<string, RegExp | null>][] = [
    ["of its address", {}, { "127.0.0.1": null, localhost: /localhost\. is not cert's CN/ }],
    ["of another address", { address: "10.0.0.1", names: ["localhost"] }, {
      "127.0.0.1": /IP: 127\.0\.0\.1 is not in the cert's list: 10\.0\.0\.1/,
      localhost: null,
    }],
    ["of a name that looks like the address", { address: "10.0.0.1", names: ["127.0.0.1"] }, {
      "127.0.0.1": /IP: 127\.0\.0\.1 is not in the cert's list/,
    }],
  ];
  for (const [name, { names, address }, hosts] of cases) {
    const { ca, certificate } = await privateAuthority(names, address);
    const other = await privateAuthority();
    await using server = await natsServer({ tls: certificate });
    for (const [host, refused] of Object.entries(hosts)) {
      for (const scheme of ["tls", "nats"]) {
        const url = server.url.replace("nats://127.0.0.1", `${scheme}://${host}`);
        await t.step(`a certificate ${name}, ${scheme}://${host}`, async () => {
          const opened = openNatsCache({ url, ca, bucket: "test" });
          if (refused !== null) return await assert.rejects(opened, refused);
          await (await opened).close();
        });
        await t.step(`a certificate ${name}, of somebody else, ${scheme}://${host}`, async () => {
          const opened = openNatsCache({ url, ca: other.ca, bucket: "test" });
          await assert.rejects(opened, /unable to verify the first certificate/);
        });
      }
    }
  }
  await t.step("an authority that is asked for by nobody is not trusted", async () => {
    const { certificate } = await privateAuthority();
    await using server = await natsServer({ tls: certificate });
    await assert.rejects(
      openNatsCache({ url: server.url, bucket: "test" }),
      /unable to verify the first certificate/,
    );
  });
});
