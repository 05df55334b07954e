import assert from "assert";
import { fetcher, filesOf } from "./oci_reading.ts";
import { type RegistryServer, registryServer, USER } from "./registry_server.ts";

const MOD = new URL("../../mod.ts", import.meta.url).pathname;

const ECHO = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;
const SECRET = `apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { token: a-real-token }
`;

/** Runs `genkitd push`, with what comes to its standard input. */
async function push(args: string[], { input = "", env = {} as Record<string, string> } = {}) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-prompt", MOD, "push", ...args],
    env: { NO_COLOR: "1", DOCKER_CONFIG: "/nonexistent", ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  // A command that ends before it reads is no fault here.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

/** A folder with files, which is gone with the test. */
async function folderOf(files: Record<string, string>) {
  const path = await Deno.makeTempDir({ prefix: "genkitd-push-" });
  const write = async (name: string, text: string) => {
    await Deno.mkdir(`${path}/${name}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  };
  for (const [name, text] of Object.entries(files)) await write(name, text);
  return { path, write, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

const urlOf = ({ host }: RegistryServer, tag = ":v1") => `oci://${host}/team/flows${tag}`;

Deno.test("genkitd push makes an artifact of a folder's object files", async (t) => {
  await using server = await registryServer();
  await using folder = await folderOf({
    "echo.yaml": ECHO,
    "more/echo.json": '{"kind":"List","apiVersion":"v1","items":[]}',
    "README.md": "no object",
    ".hidden/x.yaml": "not: read",
  });
  await t.step("and says what it is", async () => {
    const { code, stdout, stderr } = await push([urlOf(server), folder.path]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^Pushed oci:\/\/127\.0\.0\.1:\d+\/team\/flows:v1 with 2 files, \d+ bytes\nDigest: sha256:\w{64}\n$/,
    );
    const files = await filesOf(fetcher(server, ":v1"));
    assert.deepEqual(Object.keys(files!), ["echo.yaml", "more/echo.json"]);
    assert.equal(files!["echo.yaml"], ECHO);
  });
  await t.step("which is the same for the same files, and for one of them another", async () => {
    const digest = ({ stdout }: { stdout: string }) => /sha256:\w+/.exec(stdout)?.[0];
    const one = digest(await push([urlOf(server, ":a"), folder.path]));
    const two = digest(await push([urlOf(server, ""), folder.path]));
    const noted = ["--annotation", "org.opencontainers.image.revision=1"];
    const three = digest(await push([urlOf(server, ":b"), folder.path, ...noted]));
    const four = digest(await push([urlOf(server, ":c"), `${folder.path}/echo.yaml`]));
    assert.ok(one !== undefined && three !== undefined && four !== undefined);
    assert.equal(one, two);
    assert.equal(new Set([one, three, four]).size, 3);
    assert.deepEqual(Object.keys((await filesOf(fetcher(server, ":c")))!), ["echo.yaml"]);
    assert.ok(await filesOf(fetcher(server)), "without a tag it is latest");
  });
});

Deno.test("genkitd push refuses what should not be pushed, and sends nothing", async (t) => {
  await using server = await registryServer();
  const cases: [string, Record<string, string>, RegExp][] = [
    ["no files", { "a.txt": "" }, /Cannot push ".*": it holds no \.yaml, \.yml or \.json/],
    ["broken YAML", { "a.yaml": "a: [" }, /, 1 problem:\na\.yaml:1:\d+: /],
    [
      "what is no valid object",
      { "a.yaml": ECHO.replace("type: echo", "tpye: echo") },
      /, 1 problem:\na\.yaml:4:1: PluginConfig "echo": spec\.type: is missing/,
    ],
    ["one object twice", { "a.yaml": ECHO, "b.yaml": ECHO }, /PluginConfig "default\/echo"/],
    ["a Secret with values", { "a.yaml": SECRET }, /a\.yaml:1:1: Secret "key" has values, and ev/],
  ];
  for (const [name, files, message] of cases) {
    await t.step(name, async () => {
      await using folder = await folderOf(files);
      const { code, stderr } = await push([urlOf(server), folder.path]);
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /a-real-token|\n {4}at /);
    });
  }
  await t.step("a file that a link leads out of the folder to", async () => {
    await using elsewhere = await folderOf({ "id_rsa": "somebody's own key" });
    await using linked = await folderOf({ "echo.yaml": ECHO });
    await Deno.symlink(`${elsewhere.path}/id_rsa`, `${linked.path}/key.prompt`);
    const { code, stderr } = await push([urlOf(server), linked.path]);
    assert.deepEqual([code, /"key\.prompt" leads out of the folder by a link/.test(stderr)], [
      1,
      true,
    ]);
    await Deno.remove(`${linked.path}/key.prompt`);
    await Deno.symlink(elsewhere.path, `${linked.path}/more`);
    await Deno.rename(`${elsewhere.path}/id_rsa`, `${elsewhere.path}/other.yaml`);
    assert.match(
      (await push([urlOf(server), linked.path])).stderr,
      /"more\/other\.yaml" leads out/,
    );
  });
  await t.step("a folder that is not there", async () => {
    const { code, stderr } = await push([urlOf(server), "/nonexistent"]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Cannot push "\/nonexistent": /);
  });
  await t.step("to a digest", async () => {
    const digest = `@sha256:${"0".repeat(64)}`;
    const { stderr } = await push([urlOf(server, digest), "/nonexistent"]);
    assert.match(stderr, /Cannot push to "oci:.*": it has a digest, should have a tag/);
  });
  const response = await fetch(`http://${server.host}/v2/_catalog`);
  assert.deepEqual(await response.json(), { repositories: [] });
});

Deno.test("genkitd push sends Secrets where that is asked for, and those without values", async () => {
  await using server = await registryServer();
  await using folder = await folderOf({ "a.yaml": SECRET.replace(/^stringData.*\n/m, "") });
  assert.equal((await push([urlOf(server), folder.path])).code, 0);
  await folder.write("a.yaml", SECRET);
  const { code, stderr } = await push([urlOf(server), folder.path, "--include-secrets"]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(await filesOf(fetcher(server, ":v1")), { "a.yaml": SECRET });
});

Deno.test("genkitd push logs in by a password, or by what Docker's config.json has", async (t) => {
  await using server = await registryServer({ auth: "basic" });
  await using folder = await folderOf({ "a.yaml": ECHO });
  const auth = btoa(`${USER.username}:${USER.password}`);
  await using docker = await folderOf({
    "config.json": JSON.stringify({ auths: { [server.host]: { auth } } }),
  });
  const to = [urlOf(server), folder.path];
  await t.step("nothing", async () => {
    const { code, stderr } = await push(to);
    assert.equal(code, 1);
    assert.match(stderr, /^error: Cannot push to "oci:.*:v1": the registry asks for credentials/);
  });
  await t.step("a password of standard input", async () => {
    const login = ["--username", USER.username, "--password-stdin"];
    const wrong = await push([...to, ...login], { input: "wrong-password\n" });
    assert.match(wrong.stderr, /does not accept the credentials \(401\)/);
    assert.doesNotMatch(wrong.stderr, /wrong-password/);
    const { code, stderr } = await push([...to, ...login], { input: `${USER.password}\n` });
    assert.equal(code, 0, stderr);
  });
  await t.step("a file", async () => {
    const { code, stderr } = await push([...to, "--docker-config", `${docker.path}/config.json`]);
    assert.equal(code, 0, stderr);
    const gone = await push([...to, "--docker-config", "/nonexistent"]);
    assert.match(gone.stderr, /^error: Cannot read Docker's config of "\/nonexistent": /);
  });
  await t.step("Docker's own", async () => {
    const { code, stderr } = await push(to, { env: { DOCKER_CONFIG: docker.path } });
    assert.equal(code, 0, stderr);
  });
});
