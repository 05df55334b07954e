/** A FlowSource whose commits must be signed, on a real API server, by the operator of the overlay. */
import assert from "assert";
import { customKinds } from "../../shared/api/kinds.ts";
import { gitRepository } from "../sources/git_repository.ts";
import { gitServer } from "../sources/git_server.ts";
import { openpgpKeyring } from "../sources/openpgp_keyring.ts";
import { ifTrue } from "./condition.ts";
import { contentOf, flowSource, promptFile, readyOf, syncer } from "./flow_source_cluster.ts";
import { startOperatedCluster } from "./operated_cluster.ts";

const { FlowSource, Prompt } = customKinds;

Deno.test("FlowSource: commits must be signed by an OpenPGP key of its spec", async (t) => {
  await using repository = await gitRepository();
  await using server = await gitServer(repository.folder);
  await using keyring = await openpgpKeyring();
  await using operated = await startOperatedCluster();
  const { cluster, at, apply } = operated;
  await operated.operate();
  const sync = syncer(operated);
  await keyring.signWith(repository, await keyring.generate("ann", "ed25519"));
  const verify = { allowedSigners: await keyring.publicKey("ann") };

  await t.step("what is signed is applied", async () => {
    await repository.commit({ "hello.yaml": promptFile("hello", "Signed") });
    await apply([flowSource("flows", { git: { url: server.url, verify }, prune: true })]);
    await cluster.until(FlowSource, at("flows"), (it) => ifTrue(it, "Ready"));
    assert.equal(contentOf(await cluster.api.get(Prompt, at("hello"))), "Signed");
  });

  await t.step("what is not is told with its commit, and the last good version stays", async () => {
    await repository.git("config", "commit.gpgSign", "false");
    const oid = await repository.commit({ "hello.yaml": promptFile("hello", "Nobody's") });
    assert.equal(
      readyOf(await sync("flows")),
      `False VerificationFailed: Cannot read Git repository "${server.url}": the commit ${oid} is ` +
        "not signed",
    );
    assert.equal(contentOf(await cluster.api.get(Prompt, at("hello"))), "Signed");
  });
});
