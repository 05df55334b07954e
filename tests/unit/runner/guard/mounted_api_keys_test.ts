import assert from "assert";
import { mountedApiKeys } from "../../../../runner/guard/mounted_api_keys.ts";
import { ManualClock } from "../../manual_clock.ts";

/** A Secret's folder as a kubelet lays it out; `write` swaps all its files at once. */
async function mountedSecret(first: Record<string, string>) {
  const path = await Deno.makeTempDir({ prefix: "genkitd-keys-" });
  let version = 0;
  const write = async (files: Record<string, string>) => {
    const data = `..${++version}`;
    await Deno.mkdir(`${path}/${data}`);
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${path}/${data}/${name}`, text);
    }
    await Deno.symlink(data, `${path}/..next`);
    await Deno.rename(`${path}/..next`, `${path}/..data`);
    for await (const { name } of Deno.readDir(path)) {
      if (!name.startsWith("..") && !(name in files)) await Deno.remove(`${path}/${name}`);
    }
    for (const name of Object.keys(files)) {
      await Deno.symlink(`..data/${name}`, `${path}/${name}`).catch(() => {});
    }
  };
  await write(first);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

Deno.test("mounted API keys: each file is a caller, a kubelet's own files are none", async () => {
  await using secret = await mountedSecret({ ann: "a\n", "bob.json": "b" });
  const keys = await mountedApiKeys(secret.path, new ManualClock())();
  assert.deepEqual([...keys].sort(), [["ann", "a\n"], ["bob.json", "b"]]);
});

Deno.test("mounted API keys: a rotated, added or removed key counts after a second", async () => {
  await using secret = await mountedSecret({ ann: "old", bob: "b" });
  const clock = new ManualClock();
  const read = mountedApiKeys(secret.path, clock);
  assert.equal((await read()).get("ann"), "old");
  await secret.write({ ann: "new", cyd: "c" });
  clock.advance(999);
  assert.equal(await read(), await read(), "they are read once a second at most");
  assert.equal((await read()).get("ann"), "old");
  clock.advance(1);
  assert.deepEqual([...await read()].sort(), [["ann", "new"], ["cyd", "c"]]);
});

Deno.test("mounted API keys: a folder that is not there, or goes, has no key", async () => {
  const clock = new ManualClock();
  assert.equal((await mountedApiKeys("/not/there", clock)()).size, 0);
  const secret = await mountedSecret({ ann: "a" });
  const read = mountedApiKeys(secret.path, clock);
  assert.equal((await read()).size, 1);
  await secret[Symbol.asyncDispose]();
  clock.advance(1000);
  assert.equal((await read()).size, 0);
});

Deno.test("mounted API keys: a file that goes while they are read takes no other with it", async () => {
  await using secret = await mountedSecret({ ann: "a", bob: "b" });
  await Deno.symlink("..data/gone", `${secret.path}/aaa`);
  await Deno.mkdir(`${secret.path}/folder`);
  const keys = await mountedApiKeys(secret.path, new ManualClock())();
  assert.deepEqual([...keys].sort(), [["ann", "a"], ["bob", "b"]]);
});

Deno.test("mounted API keys: a file that is too long is no key", async () => {
  await using secret = await mountedSecret({ ann: "a".repeat(4096), bob: "b".repeat(4097) });
  assert.deepEqual([...(await mountedApiKeys(secret.path, new ManualClock())()).keys()], ["ann"]);
});

Deno.test("mounted API keys: a folder that cannot be read lets nobody in, until it can", async () => {
  const path = await Deno.makeTempFile();
  const clock = new ManualClock();
  const read = mountedApiKeys(path, clock);
  await assert.rejects(async () => await read());
  await Deno.remove(path);
  await Deno.mkdir(path);
  await Deno.writeTextFile(`${path}/ann`, "a");
  clock.advance(1000);
  assert.equal((await read()).size, 1);
  await Deno.remove(path, { recursive: true });
});
