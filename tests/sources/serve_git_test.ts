import assert from "assert";
import { genkitd } from "../e2e/genkitd.ts";
import { connectProxy } from "./connect_proxy.ts";
import { served } from "./git_reading.ts";
import { gitRepository } from "./git_repository.ts";
import { gitServer } from "./git_server.ts";
import { privateAuthority } from "./private_authority.ts";

function flow(name: string, template: string): string {
  return `apiVersion: genkit.dev/v1alpha1
kind: Flow
metadata: { name: ${name} }
spec:
  image: example.com/runner
  modelSpec: { provider: echo, model: echo, pluginConfigRef: { name: echo } }
  prompts: [{ prompt: { name: ${name}, content: "${template}" } }]
`;
}

const ECHO = `apiVersion: genkit.dev/v1alpha1
kind: PluginConfig
metadata: { name: echo }
spec: { type: echo }
`;

async function call(url: string, path: string): Promise<string> {
  const response = await fetch(`${url}${path}`, { method: "POST", body: "{}" });
  return await response.text();
}

Deno.test("serve: flows of a Git repository, beside those of a folder; a push is served", async () => {
  await using repository = await gitRepository();
  const oid = await repository.commit({
    "flows/echo.yaml": ECHO,
    "flows/greeter.yaml": flow("greeter", "Hello of git"),
    "flows/other.yaml": flow("other", "Other of git"),
    "elsewhere.yaml": "not: read",
  });
  const login = { username: "x-access-token", password: "a-token-of-git" };
  await using server = await gitServer(repository.folder, { login });
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/mine.yaml`, flow("other", "Other of the folder"));
  try {
    await using daemon = await genkitd(
      ["serve", `git+${server.url}?ref=main&path=flows&interval=1s`, folder, "--port", "0"],
      { ready: /serves .* at (http:\S+)/, env: { GENKITD_GIT_TOKEN: "a-token-of-git" } },
    );

    await daemon.saw(new RegExp(`Read ${RegExp.escape(server.url)} at main@sha1:${oid}`));
    await daemon.saw(
      /flows\/other\.yaml:1:1: warning: Flow "default\/other" is passed over; the one/,
    );
    assert.match(await call(daemon.url, "/greeter"), /Hello of git/);
    assert.match(await call(daemon.url, "/other"), /Other of the folder/);

    await repository.commit({ "flows/greeter.yaml": flow("greeter", "Hello after a push") });
    await daemon.saw(/Reloaded: changed greeter\n/);
    assert.match(await call(daemon.url, "/greeter"), /Hello after a push/);

    await server.stop();
    await daemon.saw(
      /Cannot read Git repository .*cannot be reached.*\n1 problem; what was served/,
    );
    assert.match(await call(daemon.url, "/greeter"), /Hello after a push/);
    assert.doesNotMatch(daemon.output(), /a-token-of-git/);
    await server.start();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("serve: a private authority, and a proxy of the environment", async () => {
  const { ca, certificate } = await privateAuthority();
  await using git = await served({ certificate });
  await git.repository.commit({ "a.yaml": ECHO + "---\n" + flow("greeter", "Hello") });
  await using proxy = await connectProxy();
  const file = `${git.repository.folder}/ca.crt`;
  await Deno.writeTextFile(file, ca);
  const args = ["serve", `git+${git.server.url}`, "--port", "0", "--no-watch"];
  const base = {
    GENKITD_GIT_CA_FILE: file,
    HTTPS_PROXY: proxy.url,
    NO_PROXY: "",
    // Else Deno itself goes through the proxy.
    DENO_NO_UPDATE_CHECK: "1",
  };
  const ready = /serves .* at (http:\S+)/;

  {
    await using daemon = await genkitd(args, { ready, env: base });
    assert.match(await call(daemon.url, "/greeter"), /Hello/);
    assert.equal(proxy.asked[0]?.host, new URL(git.server.url).host);
  }
  proxy.asked.length = 0;
  await using daemon = await genkitd(args, { ready, env: { ...base, NO_PROXY: "127.0.0.1" } });
  assert.match(await call(daemon.url, "/greeter"), /Hello/);
  assert.deepEqual(proxy.asked, []);
});

Deno.test("serve: a repository that cannot be read at the start ends it with the reason", async () => {
  await using git = await served();
  await git.repository.commit({ "a.yaml": ECHO });
  const { url } = git.server;
  const cases: [string[], RegExp][] = [
    [[`git+${url}?ref=mian`], /there is no branch or tag "mian" \(did you mean "main"\?\)/],
    [[`git+${url}?rev=main`], /it has the unknown setting "rev" \(did you mean "ref"\?\)/],
    [
      [`git+${url}`, "git+https://git.example/flows.git"],
      /Cannot send the credentials of GENKITD_GIT_TOKEN .* to 2 hosts/,
    ],
  ];
  for (const [paths, words] of cases) {
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("../../mod.ts", import.meta.url).pathname, "serve", ...paths],
      env: { GENKITD_GIT_TOKEN: "t0ken", NO_COLOR: "1" },
    }).output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stderr), words);
  }
});
