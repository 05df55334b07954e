import assert from "assert";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { push, REPOSITORY } from "../sources/oci_reading.ts";
import { registryServer, USER } from "../sources/registry_server.ts";
import { call, ECHO, echoFlow, eventually } from "./echo_flow.ts";
import { genkitd } from "./genkitd.ts";

const SERVES = { ready: /serves .* at (http:\S+)/ };

async function sourcesOf({ url }: { url: string }) {
  const response = await fetch(`${url}/sources`);
  assert.equal(response.headers.get("content-type"), "application/json");
  const { sources } = await response.json();
  return sources as {
    name: string;
    revision?: string;
    lastSuccess?: string;
    lastError?: { at: string; message: string };
    nextPoll?: string;
    files: number;
    problems: { file: string; line?: number; message: string }[];
  }[];
}

Deno.test("serve --config: a folder, Git and a registry at once; collisions, pushes, faults", async () => {
  await using repository = await gitRepository();
  const oid = await repository.commit({
    "prod/greeter.yaml": echoFlow("greeter", "Hello of git"),
    "prod/shared.yaml": echoFlow("shared", "Shared of git"),
    "prod/mine.yaml": echoFlow("mine", "Mine of git"),
  });
  const login = { username: "ann", password: "git-password" };
  await using git = await gitServer(repository.folder, { login });
  await using registry = await registryServer();
  await push(registry, "v1", {
    "packed.yaml": echoFlow("packed", "Packed"),
    "also.yaml": echoFlow("shared", "Shared of the artifact"),
  });
  const folder = await Deno.makeTempDir();
  const write = (path: string, text: string) => Deno.writeTextFile(`${folder}/${path}`, text);
  await Deno.mkdir(`${folder}/local`);
  await write("local/echo.yaml", ECHO);
  await write("local/mine.yaml", echoFlow("mine", "Mine of the folder"));
  await write("password", "git-password\n");
  await write(
    "genkitd.yaml",
    `sources:
  - name: team
    git:
      url: "${git.url}"
      path: prod
      interval: 1s
      auth: { username: ann, password: { file: password } }
  - oci: { url: "oci://${registry.host}/${REPOSITORY}:v1", interval: 1s }
  - filesystem: { paths: [local] }
listen: { port: 1 }
log: { level: warn }
`,
  );
  try {
    await using daemon = await genkitd(["serve", "--config", `${folder}/genkitd.yaml`], {
      ...SERVES,
      env: { GENKITD_LISTEN_PORT: "0" },
    });
    assert.equal(await call(daemon.url, "greeter"), "Hello of git");
    assert.equal(await call(daemon.url, "packed"), "Packed");
    assert.equal(await call(daemon.url, "shared"), "Shared of git");
    assert.equal(await call(daemon.url, "mine"), "Mine of the folder");
    // While a source is read, nobody knows when it is read again.
    const first = await eventually(
      () => sourcesOf(daemon),
      ([team]) => team!.nextPoll !== undefined,
    );
    assert.deepEqual(
      first.map(({ name, files, problems, lastError }) => [name, files, problems, lastError]),
      [
        ["team", 3, [], undefined],
        [`oci://${registry.host}/${REPOSITORY}:v1`, 2, [], undefined],
        ["filesystem", 2, [], undefined],
      ],
    );
    assert.equal(first[0]!.revision, `main@sha1:${oid}`);
    assert.ok(Date.parse(first[0]!.lastSuccess!) > 0 && Date.parse(first[0]!.nextPoll!) > 0);

    // A push replaces what it touched; of a broken file the last good version stays.
    await repository.commit({ "prod/greeter.yaml": echoFlow("greeter", "Hello after a push") });
    await daemon.saw(/Reloaded: changed greeter\n/);
    await repository.commit({
      "prod/greeter.yaml": "apiVersion: genkit.dev/v1alpha1\nkind: Flow\nmetadata: {\n",
      "prod/shared.yaml": echoFlow("shared", "Shared after a push"),
    });
    await daemon.saw(/Reloaded: changed shared\n/);
    assert.equal(await call(daemon.url, "greeter"), "Hello after a push");
    assert.equal(await call(daemon.url, "shared"), "Shared after a push");
    const [broken] = await sourcesOf(daemon);
    assert.deepEqual(broken!.problems.map(({ file, line }) => [file, line]), [
      ["team//prod/greeter.yaml", 4],
    ]);

    // The artifact's flow does not come in where the one that goes before it is broken.
    await repository.commit({ "prod/shared.yaml": "apiVersion: genkit.dev/v1alpha1\nkind: {\n" });
    await eventually(() => sourcesOf(daemon), ([team]) => team!.problems.length === 2);
    assert.equal(await call(daemon.url, "shared"), "Shared after a push");

    // A password that rotates is read anew.
    login.password = "rotated";
    await eventually(() => sourcesOf(daemon), ([team]) => team!.lastError !== undefined);
    assert.equal(await call(daemon.url, "greeter"), "Hello after a push");
    await write("password", "rotated\n");
    await repository.commit({
      "prod/greeter.yaml": echoFlow("greeter", "Hello at last"),
      "prod/shared.yaml": null,
    });
    await eventually(() => call(daemon.url, "greeter"), (text) => text === "Hello at last");
    await eventually(
      () => call(daemon.url, "shared"),
      (text) => text === "Shared of the artifact",
    );
    const told = daemon.output().match(/local\/mine\.yaml:1:1 goes/g);
    assert.equal(told?.length, 1, "the collision is told once");
    assert.doesNotMatch(daemon.output() + JSON.stringify(await sourcesOf(daemon)), /git-password/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serve --config: a source that cannot be read at the start does not keep the others back", async () => {
  await using registry = await registryServer({ auth: "basic" });
  const folder = await Deno.makeTempDir();
  const login = `auth: { username: ${USER.username}, password: { env: REGISTRY_PASSWORD } }`;
  await Deno.writeTextFile(`${folder}/a.yaml`, ECHO + "---\n" + echoFlow("greeter", "Hello"));
  await Deno.writeTextFile(
    `${folder}/genkitd.yaml`,
    `sources:
  - oci: { url: "oci://${registry.host}/team/flows", ${login} }
`,
  );
  try {
    await using daemon = await genkitd(
      ["serve", `${folder}/a.yaml`, "--config", `${folder}/genkitd.yaml`, "--port=0"],
      { ...SERVES, env: { REGISTRY_PASSWORD: "wrong-password" } },
    );
    assert.equal(await call(daemon.url, "greeter"), "Hello");
    const [local, remote] = await sourcesOf(daemon);
    assert.deepEqual([local!.name, local!.files], ["filesystem", 1]);
    assert.match(remote!.lastError!.message, /401|credentials|refused/i);
    assert.doesNotMatch(daemon.output(), /wrong-password/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
