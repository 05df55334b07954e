import assert from "assert";
import { sourceFetcher } from "../../operator/sources/source_fetcher.ts";
import { flowSourceKind } from "../../shared/api/flow_source.ts";
import { call, ECHO, echoFlow } from "../e2e/echo_flow.ts";
import { genkitd } from "../e2e/genkitd.ts";
import { ensureProgramBundle } from "../../tasks/program_bundle.ts";
import { served } from "./git_reading.ts";
import { openpgpKeyring } from "./openpgp_keyring.ts";

/** Puts a text below a field of YAML. */
function block(text: string, indent: number): string {
  return `|\n${text.trimEnd().replaceAll(/^/gm, " ".repeat(indent))}`;
}

Deno.test("serve: only what an OpenPGP key of the configuration signed is served, as bundled", async () => {
  await using git = await served();
  await using keyring = await openpgpKeyring();
  const { repository, server } = git;
  const { entry } = await ensureProgramBundle();
  await keyring.signWith(repository, await keyring.generate("ann", "ed25519"));
  await repository.commit({ "a.yaml": ECHO + "---\n" + echoFlow("greeter", "Signed") });
  const config = `${repository.folder}/genkitd.yaml`;
  await Deno.writeTextFile(
    config,
    `sources:
  - git:
      url: "${server.url}"
      interval: 1s
      verify:
        allowedSigners: ${block(await keyring.publicKey("ann"), 10)}
`,
  );
  const flags = ["--allow-net", "--allow-read", "--allow-write", "--allow-env", "--allow-run"];
  const args = ["serve", "--config", config, "--port", "0"];
  await using daemon = await genkitd(args, {
    ready: /serves .* at (http:\S+)/,
    program: entry,
    flags,
  });
  assert.match(await call(daemon.url, "greeter"), /Signed/);

  await repository.git("config", "commit.gpgSign", "false");
  const unsigned = await repository.commit({
    "a.yaml": ECHO + "---\n" + echoFlow("greeter", "No"),
  });
  await daemon.saw(new RegExp(`the commit ${unsigned} is not signed\\n`));
  assert.match(await call(daemon.url, "greeter"), /Signed/);

  await repository.git("config", "commit.gpgSign", "true");
  await repository.commit({ "a.yaml": ECHO + "---\n" + echoFlow("greeter", "Again") });
  await daemon.saw(/Reloaded: changed greeter\n/);
  assert.match(await call(daemon.url, "greeter"), /Again/);
});

Deno.test("FlowSource: only what an OpenPGP key of its spec signed is read", async () => {
  await using git = await served();
  await using keyring = await openpgpKeyring();
  const { repository, server } = git;
  await keyring.signWith(repository, await keyring.generate("ann", "ed25519"));
  const oid = await repository.commit({ "a.yaml": ECHO });
  const fetcherOf = async (allowedSigners: string) => {
    const { spec } = flowSourceKind.schema.parse({
      apiVersion: "genkit.dev/v1alpha1",
      kind: "FlowSource",
      metadata: { name: "flows", namespace: "demo" },
      spec: { git: { url: server.url, verify: { allowedSigners } } },
    });
    return await sourceFetcher(spec, () => Promise.resolve(undefined));
  };
  const { signal } = new AbortController();
  const allowed = await fetcherOf(await keyring.publicKey("ann"));
  assert.equal((await allowed.fetch(signal))?.revision, `main@sha1:${oid}`);

  await keyring.generate("bob", "ed25519");
  const other = await fetcherOf(await keyring.publicKey("bob"));
  await assert.rejects(other.fetch(signal), { reason: "VerificationFailed" });
});
