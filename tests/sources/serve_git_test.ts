import assert from "assert";
import { genkitd } from "../e2e/genkitd.ts";
import { gitRepository } from "./git_repository.ts";
import { gitServer } from "./git_server.ts";

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
