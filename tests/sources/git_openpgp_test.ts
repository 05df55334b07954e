import assert from "assert";
import { failure, read, served } from "./git_reading.ts";
import { openpgpKeyring } from "./openpgp_keyring.ts";

for (const algorithm of ["rsa2048", "rsa4096", "nistp256", "nistp384", "nistp521", "ed25519"]) {
  Deno.test(`a commit that is signed by an allowed OpenPGP key is taken: ${algorithm}`, async () => {
    await using git = await served();
    await using keyring = await openpgpKeyring();
    const { repository, server } = git;
    await keyring.signWith(repository, await keyring.generate("ann", algorithm));
    await repository.commit({ "a.yaml": "Ünïcode" });
    await repository.git("verify-commit", "HEAD");
    const verify = { allowedSigners: await keyring.publicKey("ann") };

    const { files } = await read({ url: server.url, verify });

    assert.deepEqual([...files], [["a.yaml", "Ünïcode"]]);
  });
}

Deno.test("a commit of another OpenPGP key is refused", async () => {
  await using git = await served();
  await using keyring = await openpgpKeyring();
  const { repository, server } = git;
  const ann = await keyring.generate("ann", "ed25519");
  await keyring.generate("bob", "ed25519");
  await keyring.signWith(repository, ann);
  const oid = await repository.commit({ "a.yaml": "a" });
  const verify = { allowedSigners: await keyring.publicKey("bob") };

  const { message, reason } = await failure(read({ url: server.url, verify }));

  assert.equal(reason, "VerificationFailed");
  assert.equal(
    message,
    `Cannot read Git repository "${server.url}": the commit ${oid} is signed by the OpenPGP key ` +
      `${ann}, which is not among the allowed signers`,
  );
});
