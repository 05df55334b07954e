import assert from "assert";
import * as openpgp from "openpgp";
import { openpgpSigning, withSignature } from "./openpgp_signing.ts";
import { rewriteCommit } from "./rewrite_commit.ts";

Deno.test("keys that cannot be relied on are refused before they are used", async (t) => {
  await using at = await openpgpSigning();
  const { keyring, repository, refused } = at;
  const ann = await keyring.generate("ann", "ed25519");
  await keyring.signWith(repository, ann);
  await repository.commit({ "a.yaml": "a" });
  const allowed = await keyring.publicKey("ann");

  for (
    const [what, keys, message] of [
      ["without an end", allowed.replace(/-----END.*/, ""), /line 1 .* is broken or has no end$/],
      ["with what is no base64", allowed.replace(/\n\n..../, "\n\n~~~~"), /line 1 .* is broken or/],
      [
        "of another kind",
        `\n${allowed.replaceAll("PUBLIC KEY BLOCK", "MESSAGE")}`,
        /line 2 of the allowed signers begins a PGP MESSAGE, should be a PGP PUBLIC KEY BLOCK$/,
      ],
      [
        "with no key in it",
        "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nzQFB\n-----END PGP PUBLIC KEY BLOCK-----",
        /line 1 of the allowed signers has a key that is not understood: /,
      ],
      [
        "that is private",
        await keyring.gpg(["--armor", "--export-secret-keys", "ann"]),
        /line 1 .* begins a PGP PRIVATE KEY BLOCK, should be a PGP PUBLIC KEY BLOCK$/,
      ],
      [
        "that is private and says that it is public",
        (await keyring.gpg(["--armor", "--export-secret-keys", "ann"])).replaceAll(
          "PRIVATE",
          "PUBLIC",
        ),
        /line 1 of the allowed signers has a private key, should be the public one$/,
      ],
    ] as const
  ) {
    await t.step(`a block ${what}`, async () => assert.match(await refused(keys), message));
  }
  await t.step("one with more signatures on it than anybody looks through", async () => {
    const [{ keyPacket, users }] = await openpgp.readKeys({ armoredKeys: allowed }) as [
      openpgp.Key,
    ];
    const packets = new openpgp.PacketList<openpgp.AnyPacket>();
    packets.push(keyPacket, users[0]!.userID!);
    for (let count = 0; count < 250; count++) packets.push(users[0]!.selfCertifications[0]!);
    const flooded = new openpgp.PublicKey(packets).armor();
    assert.match(
      await refused(flooded),
      /line 1 of the allowed signers has a key of 252 packets, should be at most 250, as by gpg/,
    );
  });
  await t.step("more packets than are read, which are refused unread", async () => {
    const markers = new Uint8Array(500_000).map((_, index) => index % 2 === 0 ? 0xca : 0);
    const block = `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${markers.toBase64()}\n` +
      "-----END PGP PUBLIC KEY BLOCK-----";
    assert.match(
      await refused(`${allowed}\n${block}`),
      /line \d+ .* makes them 25000\d OpenPGP packets, should be at most 2000, as by gpg/,
    );
  });
  for (
    const [algorithm, message] of [
      ["rsa1024", /, RSA of 1024 bits, should be 2048 to 8192$/],
      ["brainpoolP256r1", /, on the curve brainpoolP256r1, not supported$/],
      ["dsa2048", /, of the algorithm dsa, not supported$/],
    ] as const
  ) {
    await t.step(algorithm, async () => {
      await keyring.signWith(repository, await keyring.generate(algorithm, algorithm));
      await repository.commit({ "a.yaml": algorithm });
      assert.match(await refused(await keyring.publicKey(algorithm)), message);
    });
  }
  for (const [what, number] of [["modulus", "n"], ["exponent", "e"]] as const) {
    await t.step(`RSA with a ${what} of 65,535 bits`, async () => {
      await keyring.generate(what, "rsa2048");
      const [key] = await openpgp.readKeys({ armoredKeys: await keyring.publicKey(what) });
      const huge = new Uint8Array(8192).fill(0xff).with(0, 0x7f);
      Object.assign(key!.keyPacket.publicParams, { [number]: huge });
      const [forged] = await openpgp.readKeys({ armoredKeys: key!.armor() });
      const oid = await repository.git("rev-parse", "HEAD");
      await rewriteCommit(repository, oid, withSignature(claimOf(forged!)));
      assert.match(
        await refused(forged!.armor()),
        /, RSA (of 65535 bits|with an exponent of 8192)/,
      );
    });
  }
});

/** A signature that says to be of an RSA key; what follows is no more than the right length. */
function claimOf(key: openpgp.Key): string {
  const id = Uint8Array.fromHex(key.getKeyID().toHex());
  const body = [4, 0, 1, 8, 0, 6, 5, 2, 0x60, 0, 0, 0, 0, 10, 9, 16, ...id, 0, 0, 8, 0];
  const bytes = [...body, ...new Array(256).fill(0x80)];
  const packet = new Uint8Array([
    0xc2,
    0xff,
    0,
    0,
    bytes.length >> 8,
    bytes.length & 255,
    ...bytes,
  ]);
  const armor = [
    "-----BEGIN PGP SIGNATURE-----",
    "",
    packet.toBase64(),
    "-----END PGP SIGNATURE-----",
  ];
  return armor.join("\n");
}
