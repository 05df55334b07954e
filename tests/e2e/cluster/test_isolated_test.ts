import assert from "assert";
import { testIsolated } from "./test_isolated.ts";

testIsolated(
  import.meta,
  "inside there are the loopback and the bridge, and no way out",
  async () => {
    const addresses = Deno.networkInterfaces().map(({ address }) => address);
    assert.deepEqual(addresses.filter((a) => !a.includes(":")).sort(), ["10.99.0.1", "127.0.0.1"]);
    await assert.rejects(Deno.connect({ hostname: "192.0.2.1", port: 80 }), /unreachable/);
  },
);

testIsolated(import.meta, "inside a process sees those of its own test only", async () => {
  const ids = [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name));
  assert.ok(ids.length < 5, `${ids.length} processes`);
  assert.equal(Deno.pid, 1);
  await Promise.resolve();
});

testIsolated(import.meta, "temporary files are in memory that goes away", async () => {
  const file = await Deno.makeTempFile();
  assert.match(file, /^\/mnt\//);
});
