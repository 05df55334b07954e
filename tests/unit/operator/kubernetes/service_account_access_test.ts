import assert from "assert";
import { fromServiceAccount } from "../../../../operator/kubernetes/service_account_access.ts";

function mounted(files: Record<string, string>) {
  const folder = Deno.makeTempDirSync();
  const write = (name: string, text: string) => Deno.writeTextFileSync(`${folder}/${name}`, text);
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { folder, write, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

const files = { "ca.crt": "the CA\n", namespace: "system\n", token: "one\n" };

Deno.test("a pod's ServiceAccount gives address, CA, namespace and token", async () => {
  using mount = mounted(files);
  const access = await fromServiceAccount("10.0.0.1", "443", mount);
  assert.equal(access.server, "https://10.0.0.1:443");
  assert.equal(access.ca, "the CA");
  assert.equal(access.namespace, "system");
  assert.deepEqual(await access.headers(), { authorization: "Bearer one" });
  assert.equal((await fromServiceAccount("fd00::1", "443", mount)).server, "https://[fd00::1]:443");
});

Deno.test("the token's file is read again each minute", async () => {
  using mount = mounted(files);
  let now = 0;
  const { headers } = await fromServiceAccount("10.0.0.1", "443", { ...mount, now: () => now });
  await headers();
  mount.write("token", "two");
  now = 59_999;
  assert.deepEqual(await headers(), { authorization: "Bearer one" });
  now = 60_000;
  assert.deepEqual(await headers(), { authorization: "Bearer two" });
});

Deno.test("a pod without a mounted token says what is missing", async () => {
  using mount = mounted({});
  await assert.rejects(fromServiceAccount("10.0.0.1", "443", mount), (error: Error) => {
    assert.match(error.message, /^Cannot read the ServiceAccount of this pod: .*ca\.crt/);
    return true;
  });
});
