import assert from "assert";
import * as openpgp from "openpgp";
import { command } from "./git_repository.ts";
import { openpgpSigning } from "./openpgp_signing.ts";
import { rewriteCommit } from "./rewrite_commit.ts";

for (const algorithm of ["rsa2048", "rsa4096", "nistp256", "nistp384", "nistp521", "ed25519"]) {
  Deno.test(`a commit that is signed by an allowed OpenPGP key is taken: ${algorithm}`, async () => {
    await using at = await openpgpSigning();
    await at.keyring.signWith(at.repository, await at.keyring.generate("ann", algorithm));
    await at.repository.commit({ "a.yaml": "Ünïcode" });
    await at.repository.git("verify-commit", "HEAD");

    const { files } = await at.taken(await at.keyring.publicKey("ann"));

    assert.deepEqual([...files], [["a.yaml", "Ünïcode"]]);
  });
}

for (
  const [name, options] of [
    ["Ed25519", { type: "curve25519" }],
    ["Ed448", { type: "curve448" }],
    ["a version 6 key", { type: "curve25519", config: { v6Keys: true } }],
  ] as const
) {
  Deno.test(`a commit that is signed as RFC 9580 has it is taken: ${name}`, async () => {
    await using at = await openpgpSigning();
    // GnuPG makes no such keys.
    const { privateKey, publicKey } = await openpgp.generateKey({
      ...options,
      userIDs: [{ name: "Ann" }],
      format: "object",
    });
    const commit = await at.repository.commit({ "a.yaml": "a" });
    const text = `${await at.repository.git("cat-file", "commit", commit)}\n`;
    const signature = await openpgp.sign({
      message: await openpgp.createMessage({ binary: new TextEncoder().encode(text) }),
      signingKeys: privateKey,
      detached: true,
    });
    const lines = signature.trimEnd().replaceAll("\r", "").replaceAll("\n", "\n ");
    await rewriteCommit(
      at.repository,
      commit,
      (text) => text.replace("\n\n", `\ngpgsig ${lines}\n\n`),
    );

    assert.equal((await at.taken(publicKey.armor())).files.size, 1);
  });
}

/** As docs/sources.md has it. */
const MINIMAL = ["--armor", "--export-options", "export-minimal", "--export", "ann"];

Deno.test("a commit that is signed by a subkey of an allowed OpenPGP key is taken", async () => {
  await using at = await openpgpSigning();
  const ann = await at.keyring.generate("ann", "cert-only");
  await at.keyring.gpg(["--quick-add-key", ann, "rsa2048", "sign", "never"]);
  await at.keyring.signWith(at.repository, ann);
  await at.repository.commit({ "a.yaml": "a" });

  assert.equal((await at.taken(await at.keyring.gpg(MINIMAL))).files.size, 1);
});

Deno.test("SSH and OpenPGP keys stand beside one another, in blocks of one or several", async () => {
  await using at = await openpgpSigning();
  const { keyring, repository } = at;
  const file = `${repository.folder}/dan`;
  const ssh = await command("ssh-keygen", { args: ["-q", "-N", "", "-t", "ed25519", "-f", file] });
  assert.ok(ssh.success);
  const dan = await Deno.readTextFile(`${file}.pub`);
  const fingerprints = new Map<string, string>();
  for (const name of ["ann", "bob", "cat"]) {
    fingerprints.set(name, await keyring.generate(name, "ed25519"));
  }
  const both = await keyring.gpg(["--armor", "--export", "bob", "cat"]);
  const allowed = `# who may\n${await keyring.publicKey("ann")}\ndan ${dan}\n${both}`;

  for (const name of ["ann", "bob", "cat"]) {
    await keyring.signWith(repository, fingerprints.get(name)!);
    await repository.commit({ "a.yaml": name });
    assert.deepEqual([...(await at.taken(allowed)).files], [["a.yaml", name]]);
  }
  await repository.git("config", "gpg.format", "ssh");
  await repository.git("config", "user.signingKey", file);
  await repository.commit({ "a.yaml": "dan" });
  assert.deepEqual([...(await at.taken(allowed)).files], [["a.yaml", "dan"]]);
  assert.match(await at.refused(both), / by an SSH key that is not among the allowed signers$/);
  assert.match(await at.refused(`${allowed}\nnothing`), /line \d\d of the allowed signers is not/);
});

Deno.test("a merge of signed tags and branches is verified by its own signature", async () => {
  await using at = await openpgpSigning();
  const { keyring, repository } = at;
  const [ann, bob] = [
    await keyring.generate("ann", "ed25519"),
    await keyring.generate("bob", "ed25519"),
  ];
  await repository.commit({ "a.yaml": "a" });
  await repository.git("checkout", "-q", "-b", "other");
  await repository.commit({ "b.yaml": "b" });
  await keyring.signWith(repository, bob);
  await repository.git("tag", "-s", "-m", "Bob's", "bobs");
  await repository.git("checkout", "-q", "main");
  await keyring.signWith(repository, ann);
  await repository.git("merge", "-q", "--no-ff", "--no-edit", "bobs");
  assert.match(await repository.git("cat-file", "commit", "HEAD"), /^mergetag .*[^]*^gpgsig /m);

  assert.equal((await at.taken(await keyring.publicKey("ann"))).files.size, 2);
  assert.match(await at.refused(await keyring.publicKey("bob")), /not among the allowed signers$/);
});
