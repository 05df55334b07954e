import assert from "assert";
import * as openpgp from "openpgp";
import { openpgpSigning, signatureOf, withSignature } from "./openpgp_signing.ts";
import { rewriteCommit } from "./rewrite_commit.ts";

Deno.test("a commit is refused where its OpenPGP signature is not a good one", async (t) => {
  await using at = await openpgpSigning();
  const { keyring, repository, refused } = at;
  const ann = await keyring.generate("ann", "rsa2048");
  await keyring.generate("bob", "ed25519");
  const allowed = await keyring.publicKey("ann");
  await keyring.signWith(repository, ann);
  const oid = await repository.commit({ "a.yaml": "a" });
  const rewrite = (change: (text: string) => string) => rewriteCommit(repository, oid, change);

  await t.step("by another key", async () => {
    assert.match(
      await refused(await keyring.publicKey("bob")),
      new RegExp(
        `^Cannot read Git repository ".*": the commit ${oid} is signed by the OpenPGP key ${ann}, ` +
          "which is not among the allowed signers$",
      ),
    );
  });
  await t.step("changed after it", async () => {
    await rewrite((text) => text.replace("A change", "Another change"));
    assert.match(
      await refused(allowed),
      new RegExp(`has a signature of the OpenPGP key ${ann} that does not fit its content$`),
    );
  });
  await t.step("of two headers", async () => {
    await rewrite((text) => text.replace(/^gpgsig .*\n( .*\n)*/m, "$&$&"));
    assert.match(await refused(allowed), / has 2 signatures, should have one$/);
  });
  await t.step("of two blocks", async () => {
    await rewrite((text) => text.replace(/^gpgsig (.*\n(?: .*\n)*)/m, "$& $1"));
    assert.match(await refused(allowed), / has 2 OpenPGP signatures, should have one$/);
  });
  await t.step("of two in one block", async () => {
    const armored = await signatureOf(await repository.git("cat-file", "commit", oid));
    const { packets } = await openpgp.readSignature({ armoredSignature: armored });
    const twice = new openpgp.PacketList<openpgp.SignaturePacket>();
    twice.push(packets[0] as openpgp.SignaturePacket, packets[0] as openpgp.SignaturePacket);
    await rewrite(withSignature(new openpgp.Signature(twice).armor()));
    assert.match(await refused(allowed), / has 2 OpenPGP signatures, should have one$/);
  });
  await t.step("of a size that no signature has", async () => {
    await rewrite((text) => text.replace(/\n -----END PGP/, `\n ${"A".repeat(16_384)}$&`));
    assert.match(await refused(allowed), / characters, should be at most 16384$/);
  });
  for (
    const [what, pattern, replacement] of [
      ["without an end", / -----END PGP SIGNATURE-----\n/, ""],
      ["with what is no base64", /\n [\w+/]{20}/, "\n ~~~~"],
      ["without its blank line", /PGP SIGNATURE-----\n \n/, "PGP SIGNATURE-----\n"],
      ["with something after it", /-----END PGP SIGNATURE-----\n/, "$& more\n"],
    ] as const
  ) {
    await t.step(`of armor ${what}`, async () => {
      await rewrite((text) => text.replace(pattern, replacement));
      assert.match(await refused(allowed), / has an OpenPGP signature whose armor is broken$/);
    });
  }
  await t.step("cut short inside", async () => {
    await rewrite(
      withSignature("-----BEGIN PGP SIGNATURE-----\n\niQEzBAAB\n-----END PGP SIGNATURE-----"),
    );
    assert.match(await refused(allowed), / has an OpenPGP signature that is not understood: /);
  });
  await t.step("of a text, as --clearsign makes", async () => {
    await keyring.signWith(repository, ann, "--textmode");
    await repository.commit({ "a.yaml": "text" });
    assert.match(await refused(allowed), / signature that is not of a document$/);
  });
  await t.step("with SHA-1", async () => {
    await keyring.signWith(repository, ann, "--digest-algo", "SHA1");
    await repository.commit({ "a.yaml": "sha1" });
    assert.match(await refused(allowed), / with SHA-1, should be with SHA-256 or better$/);
  });
  await t.step("that has expired itself", async () => {
    const at = ["--faked-system-time", "20200601T000000!"];
    const old = await keyring.generate("old", "ed25519", { at: "20200101T000000" });
    await keyring.signWith(repository, old, ...at, "--default-sig-expire", "10d");
    await repository.commit({ "a.yaml": "expired" });
    assert.match(
      await refused(await keyring.publicKey("old")),
      / has a signature that expired at 2020-06-11T00:00:\d\d\.000Z$/,
    );
  });
});
